//! Pages that show their text only by their scripts: rendered where somebody may and can, else marked.

use ingest::address::{self, guard};
use ingest::page::Page;
use platform::rendering::{self, Rendered, Unrendered};
use platform::{Failure, log, objects};
use protocol::api::Renderer;
use protocol::internal::{AllowRender, CrawlTarget, Outcome};
use protocol::objects::ObjectName;
use url::Url;
use worker::Env;

use super::local_hosts;
use super::page::user_agent;

/// Tries of a page whose renderer has no time.
const TRIES: u32 = 3;

/// How a page's text came to be.
#[derive(Default)]
pub struct Note {
    pub rendered: Option<Renderer>,
    pub gained: Option<bool>,
    pub needs_script: bool,
    pub remark: Option<String>,
}

/// What rendering made of a page.
pub enum Made {
    /// This is the page now.
    Page(Box<Page>),
    /// It stays as it was read.
    Same,
    /// It is at its end, or has to wait.
    Over(Outcome),
}

/// Renders a page if its HTML says that it needs it. `why` is what says so.
pub async fn page(
    env: &Env,
    crawl: &ObjectName,
    target: &CrawlTarget,
    url: &Url,
    attempt: u32,
    read: Option<&Page>,
    why: &str,
) -> (Made, Note) {
    let mut note = Note::default();
    let rendered = match asked(env, crawl, target, url).await {
        Ok(rendered) => rendered,
        Err(Refused::Later(after_ms)) if attempt < TRIES => {
            let reason = "The browser that runs the page's scripts has no time.".to_owned();
            return (Made::Over(Outcome::Retry { reason, http_status: None, after_ms }), note);
        }
        Err(refused) => {
            note.needs_script = true;
            note.remark = Some(format!("Needs JavaScript: {why}. {}.", refused.words()));
            return (Made::Same, note);
        }
    };
    note.rendered = Some(rendered.by);
    if let Some(outcome) = astray(env, target, url, &rendered) {
        note.gained = Some(false);
        return (Made::Over(outcome), note);
    }
    if let Some(status) = rendered.status.filter(|status| *status >= 400) {
        note.rendered = None;
        note.needs_script = true;
        note.remark = Some(format!("Needs JavaScript: {why}. The site answered {status} to the browser."));
        return (Made::Same, note);
    }
    let mut page = ingest::page::extract(rendered.html.as_bytes(), Some("text/html; charset=utf-8"), url);
    let words = |page: &Page| page.text().split_whitespace().count();
    let before = read.map_or(0, words);
    note.gained = Some(words(&page) > before);
    if words(&page) <= before {
        note.rendered = None;
        note.needs_script = true;
        note.remark = Some(format!("Needs JavaScript: {why}. Running its scripts brought no more text."));
        return (Made::Same, note);
    }
    note.remark = Some(format!("Rendered: {why}."));
    // It is an app, and its routes lead to pages.
    page.needs_script = read.and_then(|read| read.needs_script.clone()).or(page.needs_script);
    if let Some(read) = read {
        page.noindex |= read.noindex;
        page.nofollow |= read.nofollow;
    }
    (Made::Page(Box::new(page)), note)
}

/// A page behind a password is not rendered: a browser would send the password to every server the page names.
pub fn withheld(why: &str) -> Note {
    let remark =
        format!("Needs JavaScript: {why}. The site's password is not given to a browser that could run it.");
    Note { needs_script: true, remark: Some(remark), ..Note::default() }
}

/// Why nobody rendered the page.
enum Refused {
    Later(Option<u64>),
    Never(String),
}

impl Refused {
    fn words(&self) -> String {
        match self {
            Refused::Later(_) => Unrendered::Later { after_ms: None }.to_string(),
            Refused::Never(words) => words.clone(),
        }
    }
}

async fn asked(env: &Env, crawl: &ObjectName, target: &CrawlTarget, url: &Url) -> Result<Rendered, Refused> {
    if !rendering::configured(env) {
        return Err(Refused::Never(Unrendered::Nobody.to_string()));
    }
    let ask = AllowRender { run_id: target.run_id.clone(), url: url.as_str().to_owned() };
    match objects::call(env, "CRAWL", crawl, &ask).await {
        Ok(reply) => {
            if let Some(refused) = reply.refused {
                return Err(Refused::Never(refused));
            }
        }
        Err(failure) => return Err(unanswered(target, &failure)),
    }
    let local = !local_hosts(env).is_empty();
    rendering::render(env, url.as_str(), &user_agent(), local).await.map_err(|why| match why {
        Unrendered::Later { after_ms } => Refused::Later(after_ms),
        why => Refused::Never(why.to_string()),
    })
}

fn unanswered(target: &CrawlTarget, failure: &Failure) -> Refused {
    log::error("render_not_allowed", Some(target.source_id.as_str()), &failure.to_string());
    Refused::Later(None)
}

/// Where the browser was led that we would not have gone: a private network, another site.
fn astray(env: &Env, target: &CrawlTarget, url: &Url, rendered: &Rendered) -> Option<Outcome> {
    let skipped = |reason: String| Outcome::Skipped { reason, http_status: rendered.status };
    let visited: Vec<Url> = rendered.visited.iter().filter_map(|visited| Url::parse(visited).ok()).collect();
    let local = local_hosts(env);
    if let Some(refused) = visited.iter().find_map(|visited| guard::check(visited, &local).err()) {
        return Some(skipped(refused.to_string()));
    }
    let start = Url::parse(&target.url).ok()?;
    // Servers are named by number in this list, too; pages of other sites are told by their names.
    let other = visited.iter().find(|visited| {
        matches!(visited.host(), Some(url::Host::Domain(_))) && !address::same_site(&start, visited)
    });
    if let Some(other) = other {
        let host = other.host_str().unwrap_or_default();
        return Some(skipped(format!("It leads to another site ({host}).")));
    }
    let end = visited.iter().find(|visited| address::same_site(&start, visited))?;
    let end = address::normalize(end, "")?;
    let mut here = url.clone();
    here.set_fragment(None);
    // Not the page's own word: nothing is indexed at the address it left.
    (end != here).then(|| Outcome::Redirected { to: end.into(), http_status: 302 })
}
