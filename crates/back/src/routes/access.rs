//! By what a website lets the crawler in: shown without its secret, set, removed.

use platform::relational::Relational;
use platform::{Failure, clock, http, seal};
use protocol::Problem;
use protocol::api::{AccessKind, NewSourceAccess, Source, SourceAccess, SourceKind};
use store::access::{self, StoredAccess};
use store::{Actor, sources};
use url::Url;
use worker::{Env, Request, Response};

use super::sources::named;
use super::{done, found};
use crate::crawl::access::SEAL;
use crate::{audit, crawl};

const MAX_NAME: usize = 200;
const MAX_SECRET: usize = 4_000;

/// Headers that say what a request is; who sets them breaks it.
const OURS: [&str; 16] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "if-modified-since",
    "if-none-match",
    "keep-alive",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

pub async fn show(env: &Env, actor: &Actor, source: &str) -> Result<Response, Failure> {
    let row = found(Relational::of(env)?.first(&access::of(&actor.tenant, &source.parse()?)).await?)?;
    http::data(shown(access::read(&row)?.as_ref()))
}

pub async fn set(request: &mut Request, env: &Env, actor: &Actor, source: &str) -> Result<Response, Failure> {
    let (source, before) = read(env, actor, source).await?;
    let wanted: NewSourceAccess = http::body(request).await?;
    if !matches!(source.kind, SourceKind::Website | SourceKind::Sitemap) {
        return Err(
            Problem::field("kind", "Only websites and sitemaps can have a password or header.").into()
        );
    }
    let local = crawl::local_hosts(env);
    let safe = Url::parse(&source.url).is_ok_and(|url| {
        let host = url.host_str().unwrap_or_default();
        let named = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
        url.scheme() == "https" || local.contains(&named)
    });
    if !safe {
        let words = "This source's address begins with http://, where anybody on the way could read the secret. Add \
                     the website again with https:// first.";
        return Err(Problem::field("kind", words).into());
    }
    let (kind, name, secret) = checked(wanted)?;
    let sealed = seal::seal(env, SEAL, source.id.as_str(), &secret)?;
    let now = StoredAccess { kind, name, sealed, set_at: clock::now_ms() };
    let changes = [audit::change("access", before.as_ref().map(words).as_deref(), Some(&words(&now)))];
    let noted = audit::entry(actor, "source.access_set", source.id.as_str(), named(&source), &changes)?;
    let statement = access::set(&actor.tenant, &source.id, Some(&now))?;
    Relational::of(env)?.batch(&[statement, noted]).await?;
    http::data(shown(Some(&now)))
}

pub async fn remove(env: &Env, actor: &Actor, source: &str) -> Result<Response, Failure> {
    let (source, before) = read(env, actor, source).await?;
    let Some(before) = before else { return done() };
    let changes = [audit::change("access", Some(&words(&before)), None)];
    let noted = audit::entry(actor, "source.access_removed", source.id.as_str(), named(&source), &changes)?;
    Relational::of(env)?.batch(&[access::set(&actor.tenant, &source.id, None)?, noted]).await?;
    done()
}

async fn read(env: &Env, actor: &Actor, source: &str) -> Result<(Source, Option<StoredAccess>), Failure> {
    let (database, id) = (Relational::of(env)?, source.parse()?);
    let (source, _) = sources::read(&found(database.first(&sources::one(&actor.tenant, &id)).await?)?)?;
    let row = found(database.first(&access::of(&actor.tenant, &id)).await?)?;
    Ok((source, access::read(&row)?))
}

fn shown(stored: Option<&StoredAccess>) -> SourceAccess {
    stored.map_or_else(SourceAccess::default, |stored| SourceAccess {
        kind: stored.kind,
        name: stored.name.clone(),
        set_at: Some(stored.set_at),
    })
}

/// What the audit log says of it.
fn words(stored: &StoredAccess) -> String {
    match stored.kind {
        AccessKind::Open => "open".into(),
        AccessKind::Basic => format!("password of {}", stored.name),
        AccessKind::Header => format!("header {}", stored.name),
    }
}

/// Kind, name and secret, as they can be sent. What is wrong with a secret is said without it.
fn checked(wanted: NewSourceAccess) -> Result<(AccessKind, String, String), Problem> {
    let visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    match wanted {
        NewSourceAccess::Basic { username, password } => {
            let username = username.trim().to_owned();
            if username.is_empty() || username.len() > MAX_NAME || username.contains([':', '\r', '\n', '\0'])
            {
                return Err(Problem::field(
                    "username",
                    "Enter the user name: at most 200 characters, no colon.",
                ));
            }
            if password.is_empty() || password.len() > MAX_SECRET || password.contains(char::is_control) {
                return Err(Problem::field(
                    "password",
                    "Enter the password: one line of at most 4,000 characters.",
                ));
            }
            Ok((AccessKind::Basic, username, password))
        }
        NewSourceAccess::Header { name, value } => {
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(token) {
                return Err(Problem::field("name", "Enter the header's name, such as X-Access-Key."));
            }
            if OURS.contains(&name.to_ascii_lowercase().as_str()) {
                return Err(Problem::field("name", "The crawler sets this header itself. Use another one."));
            }
            if value.is_empty() || value.len() > MAX_SECRET || !visible(&value) {
                let words = "Enter the header's value: one line of at most 4,000 letters, digits and signs.";
                return Err(Problem::field("value", words));
            }
            Ok((AccessKind::Header, name, value))
        }
    }
}
