//! By hand: `FRONTDESK_EVAL=DIR cargo test --profile native -p ingest --test damage -- --ignored`
//! damages every file of `DIR/docs/files` by truncation and by flipped bytes. None may panic or take long.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ingest::file::{docx, pdf};

const TRIES: u64 = 300;
const LONG: Duration = Duration::from_secs(20);

#[test]
#[ignore = "needs the evaluation's files"]
fn damaged_files_are_read_or_refused_in_bounded_time() {
    let folder = PathBuf::from(std::env::var("FRONTDESK_EVAL").unwrap()).join("docs/files");
    let mut random = 0x9E37_79B9_7F4A_7C15u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let (mut panics, mut slowest) = (Vec::new(), Duration::ZERO);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let whole = std::fs::read(&path).unwrap();
        let is_pdf = path.extension().is_some_and(|extension| extension == "pdf");
        for attempt in 0..TRIES {
            let mut bytes = whole.clone();
            if attempt % 3 == 0 {
                bytes.truncate((next() % whole.len() as u64) as usize);
            } else {
                for _ in 0..=next() % 40 {
                    let at = (next() % whole.len() as u64) as usize;
                    bytes[at] = next() as u8;
                }
            }
            let begun = Instant::now();
            let read = move || if is_pdf { pdf::read(&bytes).is_ok() } else { docx::read(&bytes).is_ok() };
            if std::panic::catch_unwind(read).is_err() {
                panics.push(format!("{} attempt {attempt}", path.display()));
            }
            let took = begun.elapsed();
            assert!(took < LONG, "{} took {took:?}", path.display());
            slowest = slowest.max(took);
        }
    }
    assert!(panics.is_empty(), "slowest {slowest:?}, panics {panics:#?}");
}
