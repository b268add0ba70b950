//! Drills: the back Worker breaks on purpose, so that anyone can see that conversations go on. Only where
//! `DRILLS` is on, and only for the operator.

use platform::{Failure, config, http};
use protocol::Problem;
use protocol::api::Done;
use worker::{Env, Response};

pub fn handle(env: &Env, drill: &str) -> Result<Response, Failure> {
    if config::optional(env, "DRILLS").as_deref() != Some("on") {
        return Err(Problem::not_found().into());
    }
    match drill {
        "panic" => panic_now(),
        "memory" => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                hoard.push(vec![u8::try_from(hoard.len() % 251).unwrap_or(1); 1 << 20]);
                if hoard.len() > 4_096 {
                    return http::data(Done {});
                }
            }
        }
        _ => Err(Problem::not_found().into()),
    }
}

#[allow(clippy::panic)]
fn panic_now() -> ! {
    panic!("a drill")
}
