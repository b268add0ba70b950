//! How a source is read: its schedule, its patterns, its tags.

use platform::{Failure, clock};
use protocol::api::{Change, Schedule, Source, SourceKind, SourceUpdate};
use protocol::{Code, Problem};
use store::syncs::{self, Settings};
use store::{Actor, Statement, tags};

use crate::audit;

/// What a request changes of a source's settings.
pub struct Changed {
    pub statements: Vec<Statement>,
    pub changes: Vec<Change>,
    /// The agent's index has to be told.
    pub tags: bool,
}

/// Checks what a request says of a source's settings, and what it changes.
pub fn changes(actor: &Actor, source: &Source, body: &SourceUpdate) -> Result<Changed, Failure> {
    let synced = matches!(source.kind, SourceKind::Website | SourceKind::Sitemap | SourceKind::Feed);
    if body.schedule.is_some() && !synced {
        return Err(not_for("schedule", "Only websites, sitemaps and feeds are synced by a schedule."));
    }
    let crawled = crate::crawl::begin::crawled(source.kind);
    for (field, given) in [("include", &body.include), ("exclude", &body.exclude)] {
        if given.is_some() && !crawled {
            return Err(not_for(field, "Only websites and sitemaps have pages to choose from."));
        }
    }
    let list = |field: &str, given: &Option<Vec<String>>, accept: Accept, before: &[String]| {
        let accepted = given.as_ref().map(|given| accept(field, given)).transpose()?;
        Ok::<_, Problem>(accepted.filter(|accepted| accepted != before))
    };
    let include = list("include", &body.include, domain::paths::accept, &source.include)?;
    let exclude = list("exclude", &body.exclude, domain::paths::accept, &source.exclude)?;
    let tagged = list("tags", &body.tags, domain::tags::accept, &source.tags)?;
    let schedule = body.schedule.filter(|schedule| *schedule != source.schedule);
    let mut changed = Changed { statements: Vec::new(), changes: Vec::new(), tags: tagged.is_some() };
    if let Some(schedule) = schedule {
        let (before, after) = (in_words(source.schedule), in_words(schedule));
        changed.changes.push(audit::change("schedule", Some(before), Some(after)));
    }
    let lists = [
        ("include", &include, &source.include),
        ("exclude", &exclude, &source.exclude),
        ("tags", &tagged, &source.tags),
    ];
    for (field, after, before) in lists {
        if let Some(after) = after {
            changed.changes.push(audit::change(field, Some(&before.join(", ")), Some(&after.join(", "))));
        }
    }
    if changed.changes.is_empty() {
        return Ok(changed);
    }
    let now = clock::now_ms();
    let settings = Settings {
        schedule,
        next_at: schedule.and_then(|schedule| domain::schedule::next(schedule, &source.id, now)),
        include: include.as_deref(),
        exclude: exclude.as_deref(),
        tags: tagged.as_deref(),
    };
    changed.statements.push(syncs::configure(&actor.tenant, &source.id, &settings)?);
    if changed.tags {
        changed.statements.push(tags::changed(&actor.tenant, &source.agent_id, now));
    }
    Ok(changed)
}

type Accept = fn(&str, &[String]) -> Result<Vec<String>, Problem>;

fn not_for(field: &str, message: &str) -> Failure {
    Problem { field: Some(field.into()), ..Problem::new(Code::Invalid, message) }.into()
}

fn in_words(schedule: Schedule) -> &'static str {
    match schedule {
        Schedule::Manual => "by hand",
        Schedule::Daily => "every day",
        Schedule::Weekly => "every week",
        Schedule::Monthly => "every 30 days",
    }
}
