//! By what a site that is not open to everybody lets the crawler in: a password or a header, sealed in the relations,
//! opened for a stint, sent to the source's own origin alone.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use platform::relational::Relational;
use platform::{Failure, seal};
use protocol::SourceId;
use protocol::api::AccessKind;
use store::{Tenant, access, sources};
use url::{Origin, Url};
use worker::Env;

/// What secrets are sealed for.
pub const SEAL: &str = "source access";

/// A header for one origin.
pub struct Access {
    origin: Origin,
    name: String,
    value: String,
}

impl Access {
    /// The header, for requests to the source's own origin.
    pub fn header_for(&self, url: &Url) -> Option<(&str, &str)> {
        (url.origin() == self.origin).then_some((self.name.as_str(), self.value.as_str()))
    }
}

/// What a source has.
pub async fn of(env: &Env, tenant: &Tenant, source: &SourceId) -> Result<Option<Access>, Failure> {
    let database = Relational::of(env)?;
    let Some(row) = database.first(&access::of(tenant, source)).await? else { return Ok(None) };
    let Some(stored) = access::read(&row)? else { return Ok(None) };
    let Some(row) = database.first(&sources::one(tenant, source)).await? else { return Ok(None) };
    let (source, _) = sources::read(&row)?;
    let Ok(url) = Url::parse(&source.url) else { return Ok(None) };
    let secret = seal::open(env, SEAL, source.id.as_str(), &stored.sealed)?;
    let (name, value) = match stored.kind {
        AccessKind::Open => return Ok(None),
        AccessKind::Basic => {
            let key = STANDARD.encode(format!("{}:{secret}", stored.name));
            ("Authorization".to_owned(), format!("Basic {key}"))
        }
        AccessKind::Header => (stored.name, secret),
    };
    Ok(Some(Access { origin: url.origin(), name, value }))
}

/// What a person can do about a site that does not let us in.
pub fn refusal(status: u16, with_key: bool) -> String {
    match (status, with_key) {
        (_, true) => format!(
            "The site does not let us in with the password or header of this source ({status}). Set another one in \
             the source's settings."
        ),
        (401, false) => {
            "The site asks for a password (401). Set it in the source's settings and read the source again."
                .into()
        }
        (_, false) => format!(
            "The site does not let us in ({status}). Ask whoever runs it to allow FrontdeskBot, or set a password or \
             header in the source's settings."
        ),
    }
}
