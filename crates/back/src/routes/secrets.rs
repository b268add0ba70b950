//! The installation's key replaced: everything that is stored sealed is sealed with the newest key. Doing it again does
//! nothing again; cut off in the middle, it goes on where something is left.

use platform::relational::Relational;
use platform::{Failure, clock, http, seal};
use protocol::api::Resealed;
use serde_json::Value;
use store::sealed::{self, Found, Shelf};
use worker::{Env, Response};

use crate::{challenge, crawl, deliveries, integrations, mail, tools};

const PAGE: u32 = 100;
/// A request begins nothing new after this long; asked again, it goes on.
const RUN_MS: f64 = 20_000.0;

pub async fn rotate(env: &Env) -> Result<Response, Failure> {
    let (database, begun) = (Relational::of(env)?, clock::now_ms());
    let mut done = Resealed { resealed: 0, unreadable: 0, finished: true };
    for shelf in Shelf::ALL {
        let mut after = String::new();
        loop {
            if clock::now_ms() - begun > RUN_MS {
                done.finished = false;
                return http::data(done);
            }
            let rows = database.rows(&sealed::page(shelf, &after, PAGE)).await?;
            let Some(last) = rows.last() else { break };
            after = sealed::read(last)?.id;
            let mut statements = Vec::new();
            for row in &rows {
                let found = sealed::read(row)?;
                match renewed(env, shelf, &found) {
                    Ok(Some(value)) => statements.push(sealed::replace(shelf, &found, &value)),
                    Ok(None) => {}
                    // Of a key that is on the ring no more.
                    Err(_) => done.unreadable += 1,
                }
            }
            done.resealed += u32::try_from(statements.len()).unwrap_or(u32::MAX);
            database.batch(&statements).await?;
        }
    }
    http::data(done)
}

/// A row's value with all that is sealed in it sealed anew; nothing where all of it is new.
fn renewed(env: &Env, shelf: Shelf, found: &Found) -> Result<Option<String>, Failure> {
    let purpose = match shelf {
        Shelf::Webhooks => deliveries::SEAL.to_owned(),
        Shelf::Integrations => integrations::purpose(&found.workspace.parse()?),
        Shelf::Tools => tools::SEAL.to_owned(),
        Shelf::Sources => crawl::access::SEAL.to_owned(),
        Shelf::Accounts => "totp".to_owned(),
        Shelf::Mails => mail::SEAL.to_owned(),
        Shelf::Challenges => challenge::SEAL.to_owned(),
    };
    let renew = |sealed: &str| seal::renewed(env, &purpose, &found.id, sealed);
    if matches!(shelf, Shelf::Integrations | Shelf::Accounts | Shelf::Mails | Shelf::Challenges) {
        return renew(&found.value);
    }
    let mut value: Value = serde_json::from_str(&found.value)?;
    let mut changed = false;
    let items: Vec<&mut Value> = match &mut value {
        Value::Array(items) => items.iter_mut().collect(),
        one => vec![one],
    };
    for item in items {
        let Some(sealed) = item.get_mut("sealed") else { continue };
        if let Some(new) = renew(sealed.as_str().unwrap_or_default())? {
            *sealed = Value::String(new);
            changed = true;
        }
    }
    Ok(changed.then(|| value.to_string()))
}
