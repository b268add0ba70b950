//! What the alarm of a `Knowledge` object does for meaning: documents get their vectors a little at a time, dead ones
//! leave the index. Every step may happen again, and what was cut off anywhere is gone on with: rows say what is left.
//!
//! Words are searched from the moment a document is put; meaning follows. So an endpoint that fails delays meaning
//! and loses nothing, and a model that is changed is asked for everything while the old one still answers.

use std::cell::Cell;

use domain::order;
use futures::future::{join_all, try_join_all};
use platform::embedding::{self, Trouble};
use platform::sqlite::ObjectSql;
use platform::vectors::{self, Placed};
use platform::{Failure, clock, log, random};
use protocol::internal::{Passage, Place, Space, StoredVectors};
use protocol::objects::vectors_key;
use protocol::{AgentId, WorkspaceId};
use store::knowledge::meaning::{self, Dead, Work};
use store::knowledge::nearest;
use worker::Env;

/// Passages of one step.
const STEP: usize = 400;
/// Vectors that are deleted in one step.
const REMOVED: u32 = 1_000;
/// The first pause after the endpoint failed; each further one is twice as long, up to the longest.
const PAUSE_MS: f64 = 2_000.0;
const REFUSED_PAUSE_MS: f64 = 1_000.0;
const LONGEST_PAUSE_MS: f64 = 60.0 * 60.0 * 1_000.0;

/// What an object remembers of its life; all of it may be lost.
#[derive(Default)]
pub struct Notes {
    /// Phrasings of curated answers may lack vectors.
    pub lines_due: Cell<bool>,
    /// The model that is being replaced does not answer any more.
    old_failed: Cell<bool>,
    told_too_large: Cell<bool>,
}

/// One run of the alarm.
pub struct Embedder<'a> {
    pub env: &'a Env,
    pub engine: ObjectSql,
    pub workspace: WorkspaceId,
    pub agent: AgentId,
    pub notes: &'a Notes,
}

/// When there is something to do next, if there is.
pub fn next_due(env: &Env, engine: &ObjectSql, notes: &Notes) -> Result<Option<f64>, Failure> {
    let removal = meaning::next_removal(engine)?;
    let Some(wanted) = vectors::wanted(env) else { return Ok(removal) };
    let work = if meaning::is_lacking(engine, &wanted)? {
        !is_too_large(engine, &wanted)?
    } else {
        meaning::serving(engine)?.as_ref() != Some(&wanted)
    };
    let embedding = (work || notes.lines_due.get()).then_some(());
    let embedding = embedding.map(|()| meaning::endpoint(engine).map(|(_, at)| at)).transpose()?;
    Ok(match (removal, embedding) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    })
}

fn is_too_large(engine: &ObjectSql, space: &Space) -> Result<bool, Failure> {
    Ok(space.place == Place::Here && meaning::is_too_large(engine)?)
}

impl Embedder<'_> {
    /// Tells the index and R2 to forget what is dead and due.
    pub async fn remove(&self) -> Result<(), Failure> {
        let now = clock::now_ms();
        let dead = meaning::dead(&self.engine, REMOVED, now)?;
        let mut ids: Vec<(u32, String)> = Vec::new();
        for gone in dead.iter().filter(|gone| gone.space.place == Place::Index) {
            let of = |ord| (gone.dimensions, vectors::id(&gone.document, &gone.revision, ord));
            ids.extend((0..gone.places).map(of));
        }
        order::by(&mut ids, |a, b| a.0.cmp(&b.0));
        for same in ids.chunk_by(|a, b| a.0 == b.0) {
            let dimensions = same.first().map_or(0, |(dimensions, _)| *dimensions);
            let same: Vec<String> = same.iter().map(|(_, id)| id.clone()).collect();
            vectors::delete(self.env, usize::try_from(dimensions).unwrap_or_default(), &same).await?;
        }
        let key = |gone: &Dead| vectors_key(&self.workspace, &self.agent, &gone.document, &gone.space.model);
        let keys: Vec<String> = dead.iter().filter(|gone| !gone.survived).map(key).collect();
        if !keys.is_empty() {
            self.env.bucket("FILES")?.delete_multiple(keys).await?;
        }
        Ok(meaning::removed(&self.engine, &dead, now)?)
    }

    /// Embeds some of what lacks vectors, and switches to the configured model when nothing does.
    pub async fn embed(&self) -> Result<(), Failure> {
        let Some(wanted) = vectors::wanted(self.env) else { return Ok(()) };
        let (failures, retry_at) = meaning::endpoint(&self.engine)?;
        if clock::now_ms() < retry_at {
            return Ok(());
        }
        self.settle(&wanted)?;
        let serving = meaning::serving(&self.engine)?.filter(|serving| *serving != wanted);
        if let Some(old) = serving.as_ref().filter(|_| !self.notes.old_failed.get())
            && let Err(trouble) = self.step(old).await
        {
            // It is being replaced: what comes new meanwhile is found by its words.
            log::info("old_embedding_model", self.agent.as_str(), &trouble.to_string());
            self.notes.old_failed.set(true);
        }
        let models: Vec<&str> =
            serving.iter().map(|old| old.model.as_str()).chain([wanted.model.as_str()]).collect();
        let done = match self.step(&wanted).await {
            Ok(()) => self.lines(&wanted.model, &models).await,
            failed => failed,
        };
        match done {
            Ok(()) => meaning::note_endpoint(&self.engine, None)?,
            Err(trouble) => {
                let usual = PAUSE_MS * 2_f64.powi(i32::try_from(failures.min(20)).unwrap_or_default());
                let pause = trouble.after_ms.unwrap_or(usual).min(LONGEST_PAUSE_MS);
                log::error("not_embedded", Some(self.agent.as_str()), &trouble.to_string());
                meaning::note_endpoint(&self.engine, Some(clock::now_ms() + pause))?;
            }
        }
        self.settle(&wanted)
    }

    fn settle(&self, wanted: &Space) -> Result<(), Failure> {
        if meaning::settle(&self.engine, wanted)? {
            self.notes.old_failed.set(false);
            log::info("embedding_model_serves", self.agent.as_str(), &wanted.model);
        }
        Ok(())
    }

    /// Embeds some documents that lack vectors in a space.
    async fn step(&self, space: &Space) -> Result<(), Stopped> {
        if is_too_large(&self.engine, space)? {
            if !self.notes.told_too_large.replace(true) {
                let limit = meaning::MOST_HERE;
                let said =
                    format!("more than {limit} passages: their words alone are searched; bind Vectorize");
                log::error("meaning_too_large", Some(self.agent.as_str()), &said);
            }
            return Ok(());
        }
        self.notes.told_too_large.set(false);
        let works = meaning::lacking(&self.engine, space, STEP, &random::key)?;
        let (mut ready, mut asked) = (Vec::new(), Vec::new());
        for work in works {
            match self.kept(space, &work).await? {
                Some(vectors) => ready.push((work, vectors)),
                None => asked.push(work),
            }
        }
        let stopped = self.ask(space, asked, &mut ready).await?;
        let dimensions = meaning::dimensions(&self.engine, space)?;
        let other = |(_, vectors): &(Work, Vec<Vec<f32>>)| {
            let found = vectors.first().map(Vec::len);
            found.is_some_and(|found| dimensions.is_some_and(|known| known != found))
        };
        if ready.iter().any(other) {
            let known = dimensions.unwrap_or_default();
            return Err(Stopped::because(format!(
                "{} answers with other than {known} dimensions; give the new model a name of its own in EMBEDDING_MODEL",
                space.model
            )));
        }
        try_join_all(ready.iter().map(|(work, vectors)| self.keep(space, work, vectors))).await?;
        if space.place == Place::Index {
            let mut passages = Vec::new();
            for (work, vectors) in &ready {
                passages.extend(work.passages.iter().zip(vectors).map(|(passage, vector)| Placed {
                    document: &work.document,
                    revision: &work.revision,
                    title: &work.title,
                    passage,
                    vector,
                }));
            }
            vectors::upsert(self.env, &self.agent, &space.model, &passages).await?;
        }
        for (work, vectors) in &ready {
            meaning::live(&self.engine, space, work, vectors)?;
        }
        stopped.map_or(Ok(()), Err)
    }

    /// Asks the model for the vectors of documents, in batches side by side. Documents of which all came join those
    /// that are ready; says why others did not.
    async fn ask(
        &self,
        space: &Space,
        works: Vec<Work>,
        ready: &mut Vec<(Work, Vec<Vec<f32>>)>,
    ) -> Result<Option<Stopped>, Stopped> {
        let text = |work: &Work| -> Vec<String> {
            work.passages.iter().map(|passage| embedded_text(&work.title, passage)).collect()
        };
        let texts: Vec<String> = works.iter().flat_map(text).collect();
        let batches = texts.chunks(embedding::BATCH);
        let answers = join_all(batches.map(|batch| embedding::batch(self.env, &space.model, batch))).await;
        let mut found: Vec<Result<Vec<f32>, bool>> = Vec::with_capacity(texts.len());
        let mut stopped = None;
        for (answer, batch) in answers.into_iter().zip(texts.chunks(embedding::BATCH)) {
            match answer {
                Ok(vectors) => found.extend(vectors.into_iter().map(Ok)),
                Err(trouble) => {
                    let refused = matches!(trouble, Trouble::Refused(_));
                    found.extend(batch.iter().map(|_| Err(refused)));
                    stopped = Some(Stopped::from(trouble));
                }
            }
        }
        let (mut found, mut refused) = (found.into_iter(), Vec::new());
        for work in works {
            let vectors: Vec<_> = found.by_ref().take(work.passages.len()).collect();
            let no = vectors.iter().any(|vector| matches!(vector, Err(true)));
            match vectors.into_iter().collect::<Result<Vec<_>, _>>() {
                Ok(vectors) => ready.push((work, vectors)),
                Err(_) if no => refused.push(work),
                Err(_) => {}
            }
        }
        meaning::refused(&self.engine, &refused)?;
        Ok(stopped)
    }

    /// The vectors of a revision that was begun before, where R2 keeps them.
    async fn kept(&self, space: &Space, work: &Work) -> Result<Option<Vec<Vec<f32>>>, Failure> {
        if !work.known {
            return Ok(None);
        }
        let key = vectors_key(&self.workspace, &self.agent, &work.document, &space.model);
        let stored = self.env.bucket("FILES")?.get(key).execute().await?;
        let Some(body) = stored.as_ref().and_then(worker::Object::body) else { return Ok(None) };
        let stored: StoredVectors = protocol::json::read(&body.text().await?)?;
        Ok(meaning::unpacked(&stored, work))
    }

    /// Keeps vectors in R2, before an index has them: what an index may hold is known there.
    async fn keep(&self, space: &Space, work: &Work, vectors: &[Vec<f32>]) -> Result<(), Failure> {
        let key = vectors_key(&self.workspace, &self.agent, &work.document, &space.model);
        let stored = serde_json::to_string(&meaning::stored(space, work, vectors))?;
        self.env.bucket("FILES")?.put(key, stored).execute().await?;
        Ok(())
    }

    /// Embeds the phrasings of curated answers.
    async fn lines(&self, model: &str, models: &[&str]) -> Result<(), Stopped> {
        if !self.notes.lines_due.replace(false) {
            return Ok(());
        }
        for model in models.iter().copied().filter(|other| *other != model).chain([model]) {
            let lines = nearest::lines_lacking(&self.engine, model, models)?;
            for batch in lines.chunks(embedding::BATCH) {
                match embedding::batch(self.env, model, batch).await {
                    Ok(vectors) => nearest::put_lines(&self.engine, model, batch, &vectors)?,
                    // Words still match them.
                    Err(Trouble::Refused(reason)) => {
                        log::error("phrasings_not_embedded", Some(self.agent.as_str()), &reason);
                        break;
                    }
                    Err(trouble) => {
                        self.notes.lines_due.set(true);
                        return Err(trouble.into());
                    }
                }
            }
        }
        Ok(())
    }
}

/// Why a step ended early.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
struct Stopped {
    reason: String,
    after_ms: Option<f64>,
}

impl Stopped {
    fn because(reason: String) -> Self {
        Self { reason, after_ms: None }
    }
}

impl From<Trouble> for Stopped {
    #[allow(clippy::cast_precision_loss)]
    fn from(trouble: Trouble) -> Self {
        let after_ms = match &trouble {
            Trouble::Unavailable { after_ms, .. } => after_ms.map(|ms| ms as f64),
            // What was refused is tried again a few times, by itself; nobody has to recover from that.
            Trouble::Refused(_) => Some(REFUSED_PAUSE_MS),
            Trouble::Misconfigured(_) => None,
        };
        Self { reason: trouble.to_string(), after_ms }
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::because(failure.to_string())
    }
}

impl From<store::Error> for Stopped {
    fn from(error: store::Error) -> Self {
        Self::because(error.to_string())
    }
}

/// A passage as a model sees it: what it is about, then what it says. What is said twice outweighs the text, so a
/// heading that repeats the title is left out.
fn embedded_text(title: &str, passage: &Passage) -> String {
    let mut text = title.to_owned();
    for heading in passage.heading_path.iter().filter(|heading| !title.contains(heading.as_str())) {
        text.push_str(" › ");
        text.push_str(heading);
    }
    text.push('\n');
    text.push_str(&passage.text);
    text
}
