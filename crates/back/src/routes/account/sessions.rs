//! Where one is signed in.

use platform::relational::Relational;
use platform::{Failure, clock, http};
use protocol::SessionId;
use protocol::api::Session;
use store::{Account, Row, accounts};
use worker::{Env, Response};

pub async fn list(env: &Env, account: &Account) -> Result<Response, Failure> {
    let rows = Relational::of(env)?.rows(&accounts::sessions(&account.user_id, clock::now_ms())).await?;
    let sessions = rows.iter().map(|row| read(row, account)).collect::<Result<Vec<_>, Failure>>()?;
    http::page(sessions, None)
}

fn read(row: &Row, account: &Account) -> Result<Session, Failure> {
    Ok(Session {
        id: row.text(0)?.parse()?,
        current: row.text(1)? == account.session_digest,
        device: device(row.text(3)?),
        address: row.text(2)?.to_owned(),
        created_at: row.real(4)?,
        last_used_at: row.real(5)?,
    })
}

pub async fn revoke(env: &Env, account: &Account, session: &str) -> Result<Response, Failure> {
    let session: SessionId = session.parse()?;
    let ended = Relational::of(env)?.first(&accounts::end_session(&account.user_id, &session)).await?;
    crate::routes::found(ended)?;
    crate::routes::done()
}

pub async fn revoke_others(env: &Env, account: &Account) -> Result<Response, Failure> {
    let statement = accounts::end_sessions(&account.user_id, &account.session_digest);
    Relational::of(env)?.batch(&[statement]).await?;
    crate::routes::done()
}

/// A browser in words. User agents name each other: the first that fits is the one.
fn device(user_agent: &str) -> String {
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = named(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = named(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn browsers_have_names() {
        for (agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            ("node", "Unknown browser"),
        ] {
            assert_eq!(device(agent), words);
        }
    }
}
