//! Entity tags (RFC 9110 section 8.8.3) of what is read: who has the newest answer gets none.

use platform::Failure;
use sha2::{Digest, Sha256};
use worker::{Method, Request, Response};

/// What a request knows already.
pub struct Asked {
    reads: bool,
    tags: Option<String>,
    /// A program asks, which may keep answers; browsers share a machine.
    by_key: bool,
}

impl Asked {
    /// # Errors
    /// When the headers cannot be read.
    pub fn of(request: &Request) -> Result<Self, Failure> {
        let headers = request.headers();
        Ok(Self {
            reads: request.method() == Method::Get,
            tags: headers.get("If-None-Match")?,
            by_key: headers.has("Authorization")?,
        })
    }

    /// The answer with its tag, or that it is known.
    ///
    /// # Errors
    /// When the answer cannot be read.
    pub async fn tagged(self, mut response: Response) -> Result<Response, Failure> {
        let json =
            response.headers().get("Content-Type")?.is_some_and(|kind| kind.starts_with("application/json"));
        // A file is handed out whole, each time.
        let file = response.headers().has("Content-Disposition")?;
        if !self.reads || response.status_code() != 200 || !json || file {
            return Ok(response);
        }
        let headers = response.headers().clone();
        let body = response.bytes().await?;
        let digest = format!("{:x}", Sha256::digest(&body));
        let tag = format!("\"{}\"", digest.get(..32).unwrap_or_default());
        headers.set("ETag", &tag)?;
        if self.by_key {
            headers.set("Cache-Control", "private, no-cache")?;
        }
        let known = self.tags.is_some_and(|tags| {
            tags.split(',')
                .map(str::trim)
                .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
        });
        if known {
            headers.delete("Content-Type")?;
            return Ok(Response::empty()?.with_status(304).with_headers(headers));
        }
        Ok(Response::from_bytes(body)?.with_headers(headers))
    }
}
