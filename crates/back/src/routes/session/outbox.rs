//! `/dev/outbox`: mails that would have been sent, on a developer's machine and nowhere else.

use platform::mail::{self as port, Provider};
use platform::relational::Relational;
use platform::{Failure, random};
use protocol::{MailId, Problem};
use store::{Row, mails};
use worker::{Env, Response};

use crate::mail::page::{Kept, outbox};
use crate::mail::send;

const SHOWN: u32 = 200;

pub async fn page(env: &Env) -> Result<Response, Failure> {
    if !matches!(port::provider(env), Ok(Provider::Outbox)) {
        return Err(Problem::not_found().into());
    }
    let rows = Relational::of(env)?.rows(&mails::outbox(SHOWN)).await?;
    let kept = rows.iter().map(|row| read(env, row)).collect::<Result<Vec<_>, _>>()?;
    let nonce = random::key();
    let mut response = Response::from_html(outbox(&kept, &nonce))?;
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    response.headers_mut().set("Content-Security-Policy", &policy)?;
    response.headers_mut().set("Referrer-Policy", "no-referrer")?;
    Ok(response)
}

fn read(env: &Env, row: &Row) -> Result<Kept, Failure> {
    let id: MailId = row.text(0)?.parse()?;
    let at = js_sys::Date::new(&row.real(3)?.into()).to_iso_string();
    Ok(Kept {
        mail: send::open(env, &id, row.text(2)?)?,
        id: id.to_string(),
        purpose: row.text(1)?.to_owned(),
        at: at.into(),
    })
}
