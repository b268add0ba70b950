//! What is written in the dashboard: texts and FAQ lists.

use ingest::faq;
use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::api::{Pair, SourceContent, SourceKind, SourceUpdate};
use protocol::{Code, Problem, RunId};
use store::{Actor, readings, sources};
use worker::{Env, Request, Response};

use super::settings;
use crate::routes::found;
use crate::routes::sources::{named, show};
use crate::{audit, reading};

/// Bytes of a request with a text or a list.
pub const MAX_BODY: usize = 4 << 20;
const MAX_TITLE: usize = 200;
const MAX_TEXT: usize = 200_000;
const MAX_PAIRS: usize = 2_000;
/// Bytes of a list as it is stored: a row holds 2 MB.
const MAX_STORED: usize = 1_500_000;

/// A title, or what stands for none.
pub fn title(written: &str, otherwise: &str) -> Result<String, Problem> {
    let title = written.split_whitespace().collect::<Vec<_>>().join(" ");
    if title.chars().count() > MAX_TITLE {
        let message = format!("The title is longer than {MAX_TITLE} characters. Shorten it.");
        return Err(Problem::field("title", message));
    }
    Ok(if title.is_empty() { otherwise.to_owned() } else { title })
}

/// A text, checked.
pub fn text(written: &str) -> Result<String, Problem> {
    if written.trim().is_empty() {
        return Err(Problem::field("text", "Write what the receptionist should know."));
    }
    if written.chars().count() > MAX_TEXT {
        let message = format!("The text is longer than {MAX_TEXT} characters. Split it into several texts.");
        return Err(Problem { field: Some("text".into()), ..Problem::new(Code::TooLarge, message) });
    }
    Ok(written.to_owned())
}

/// The pairs of a list in CSV.
pub fn imported(csv: &str) -> Result<Vec<Pair>, Problem> {
    let pairs = faq::parse_csv(csv.as_bytes()).map_err(|error| Problem::field("csv", error.to_string()))?;
    Ok(pairs.into_iter().map(|pair| Pair { question: pair.question, answer: pair.answer }).collect())
}

/// A list of questions with answers, checked, as it is stored.
pub fn pairs(pairs: &[Pair]) -> Result<String, Failure> {
    let wrong = |message: String| Failure::from(Problem::field("pairs", message));
    if pairs.is_empty() {
        return Err(wrong("Write at least one question with its answer.".into()));
    }
    if pairs.len() > MAX_PAIRS {
        return Err(wrong(format!("There are more than {MAX_PAIRS} questions. Split the list.")));
    }
    let mut kept = Vec::with_capacity(pairs.len());
    for (number, pair) in (1..).zip(pairs) {
        let (question, answer) = (pair.question.trim(), pair.answer.trim());
        if question.is_empty() || answer.is_empty() {
            return Err(wrong(format!(
                "Question {number} lacks its words or its answer. Write or remove it."
            )));
        }
        if question.chars().count() > faq::MAX_QUESTION {
            let most = faq::MAX_QUESTION;
            return Err(wrong(format!("Question {number} is longer than {most} characters. Shorten it.")));
        }
        if answer.chars().count() > faq::MAX_ANSWER {
            let most = faq::MAX_ANSWER;
            return Err(wrong(format!(
                "The answer to question {number} is longer than {most} characters. Shorten it."
            )));
        }
        kept.push(Pair { question: question.to_owned(), answer: answer.to_owned() });
    }
    let stored = serde_json::to_string(&kept)?;
    if stored.len() > MAX_STORED {
        return Err(wrong("The list is larger than 1.5 MB. Split it.".into()));
    }
    Ok(stored)
}

/// Changes what was written, which is read anew, and how the source is read.
pub async fn update(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    source: &str,
) -> Result<Response, Failure> {
    let (tenant, database) = (&actor.tenant, Relational::of(env)?);
    let row = found(database.first(&sources::one(tenant, &source.parse()?)).await?)?;
    let (source, _) = sources::read(&row)?;
    let body: SourceUpdate = http::body_within(request, MAX_BODY).await?;
    let not_here =
        |field: &str| Problem::field(field, "This source is not written here. Change it where it is.");
    let set = settings::changes(actor, &source, &body)?;
    let content = match (source.kind, body.text, body.pairs) {
        (SourceKind::Text, Some(written), None) => Some(text(&written)?),
        (SourceKind::Faq, None, Some(list)) => Some(pairs(&list)?),
        (_, None, None) => None,
        (_, Some(_), _) => return Err(not_here("text").into()),
        (_, None, Some(_)) => return Err(not_here("pairs").into()),
    };
    let new_title = match body.title {
        Some(written) => {
            let kept = title(&written, "")?;
            if kept.is_empty() {
                return Err(Problem::field("title", "Give it a name.").into());
            }
            Some(kept).filter(|kept| *kept != source.title)
        }
        None => None,
    };
    let mut changes = Vec::new();
    if let Some(after) = &new_title {
        changes.push(audit::change("title", Some(&source.title), Some(after)));
    }
    if content.is_some() {
        changes.push(audit::change("content", None, None));
    }
    let rewritten = !changes.is_empty();
    changes.extend(set.changes);
    if changes.is_empty() {
        return show(env, actor, &source.id).await;
    }
    let mut statements = set.statements;
    statements.push(audit::entry(actor, "source.changed", source.id.as_str(), named(&source), &changes)?);
    if rewritten {
        statements.push(sources::rewrite(tenant, &source.id, new_title.as_deref(), content.as_deref()));
    }
    let written = rewritten && matches!(source.kind, SourceKind::Text | SourceKind::Faq);
    if written {
        let run = random::id(RunId::ordered);
        statements.push(readings::read_again(tenant, &source.id, &run, clock::now_ms()));
    }
    database.batch(&statements).await?;
    if set.tags {
        crate::tags::push(env, tenant, &source.agent_id).await?;
    }
    if written {
        reading::ring(env, tenant, &source.id).await;
    }
    show(env, actor, &source.id).await
}

pub async fn content(env: &Env, actor: &Actor, source: &str) -> Result<Response, Failure> {
    let (tenant, database, id) = (&actor.tenant, Relational::of(env)?, source.parse()?);
    let (source, _) = sources::read(&found(database.first(&sources::one(tenant, &id)).await?)?)?;
    let row = found(database.first(&sources::content(tenant, &id)).await?)?;
    let stored = row.text_or_null(1)?.unwrap_or_default();
    let mut content = SourceContent { title: source.title, ..SourceContent::default() };
    match source.kind {
        SourceKind::Text => content.text = stored.to_owned(),
        SourceKind::Faq => content.pairs = serde_json::from_str(stored)?,
        _ => return Err(Problem::new(Code::NotFound, "This source is not written in the dashboard.").into()),
    }
    http::data(content)
}
