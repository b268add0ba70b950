//! Finding what an answer is made of: words ∥ meaning in one remote join, fused.

use futures::future::{Either, LocalBoxFuture, select};
use protocol::Problem;
use protocol::internal::{CuratedHit, CuratedMatch, Hit, KeptAnswer, SearchReply};

use crate::followup::Asked;
use crate::fuse::fuse;
pub use crate::meaning::Nearest;
use crate::order;

/// One for each passage, in their order; more is better.
pub type Scores = Vec<f64>;

/// Where passages are looked up.
pub trait Index {
    /// Milliseconds on a clock that only moves forward.
    fn now_ms(&self) -> f64;
    /// Passages by words, or the cached result of an earlier asker.
    fn search(&self, asked: &Asked) -> LocalBoxFuture<'_, Result<SearchReply, Problem>>;
    /// Passages by meaning; `None` where no embedding model is configured.
    fn nearest(&self, text: &str) -> Option<LocalBoxFuture<'_, Result<Nearest, Problem>>>;
    /// How well passages answer the question, by a model that reads both together; `None` where the agent does not ask
    /// for that.
    fn rerank(&self, question: &str, passages: &[Hit])
    -> Option<LocalBoxFuture<'_, Result<Scores, Problem>>>;
    /// Notes for the operator, without anything a visitor wrote.
    fn log(&self, note: &str);
}

/// The result of retrieval.
#[derive(Default)]
pub struct Found {
    /// Under which text it is remembered.
    pub asked: String,
    pub hits: Vec<Hit>,
    pub generation: u64,
    /// Not to be remembered: it was already, or it is not whole.
    pub cached: bool,
    /// An earlier asker had it found, or answered.
    pub known: bool,
    /// The curated answer that applies; never remembered, because it depends on more than the question.
    pub curated: Option<CuratedHit>,
    /// What was answered to the same a moment ago.
    pub answer: Option<KeptAnswer>,
    /// Milliseconds of the whole, of the embedding and of the search by meaning.
    pub took_ms: f64,
    pub embed_ms: f64,
    pub search_ms: f64,
}

/// The curated answer that is given word for word.
#[must_use]
pub fn verbatim(curated: Option<&CuratedHit>) -> Option<&CuratedHit> {
    curated.filter(|hit| matches!(hit.by, CuratedMatch::Exact | CuratedMatch::Keyword))
}

/// The passages for a question, best first, at most `most` of them. A cached result ends the wait for words and meaning.
///
/// # Errors
/// When words cannot be searched; without meaning they answer alone.
pub async fn retrieve(asked: &Asked, most: usize, index: &impl Index) -> Result<Found, Problem> {
    let begun = index.now_ms();
    let whole = asked.whole();
    let words = index.search(asked);
    let found = |reply: SearchReply| Found {
        asked: whole.clone(),
        hits: reply.hits,
        generation: reply.generation,
        cached: reply.cached,
        known: reply.cached || reply.answer.is_some(),
        curated: reply.curated,
        answer: reply.answer,
        took_ms: index.now_ms() - begun,
        ..Found::default()
    };
    let (mut reply, nearest) = match index.nearest(&whole) {
        None => (words.await?, None),
        // Meaning is asked first: it takes longer.
        Some(meaning) => match select(meaning, words).await {
            Either::Right((reply, meaning)) => {
                let reply = reply?;
                if reply.cached || reply.answer.is_some() || verbatim(reply.curated.as_ref()).is_some() {
                    return Ok(Found { cached: true, ..found(reply) });
                }
                (reply, Some(meaning.await))
            }
            Either::Left((nearest, words)) => (words.await?, Some(nearest)),
        },
    };
    // Once per isolate after the embedding model was changed: only the reply told which one serves.
    let served = reply.meaning.as_ref().map(|meaning| &meaning.space);
    let elsewhere = match &nearest {
        None => true,
        Some(nearest) => nearest.as_ref().is_ok_and(|nearest| Some(&nearest.space) != served),
    };
    let wanted = served.is_some()
        && reply.answer.is_none()
        && !reply.cached
        && verbatim(reply.curated.as_ref()).is_none();
    let again = if wanted && elsewhere { index.nearest(&whole) } else { None };
    let nearest = match again {
        Some(meaning) => Some(meaning.await),
        None => nearest,
    };
    let (weighed, meaning) = (std::mem::take(&mut reply.weighed), reply.meaning.take());
    // Meaning knows no tags; what a filter leaves out was named by words.
    let admitted = reply.admitted.take();
    let mut found = found(reply);
    match nearest {
        None => {}
        Some(_) if found.cached => {}
        Some(Ok(mut nearest)) => {
            (found.embed_ms, found.search_ms) = (nearest.embed_ms, nearest.search_ms);
            found.curated = found.curated.or(nearest.curated.take());
            let mut meant = nearest.alive(meaning.as_ref());
            meant.retain(|hit| admitted.as_ref().is_none_or(|ids| ids.contains(&hit.document_id)));
            found.hits = fuse(found.hits, &weighed, meant, most);
        }
        Some(Err(problem)) => {
            // Words alone still answer; the next asker tries meaning again.
            index.log(&format!("meaning is not available: {problem}"));
            found.cached = true;
        }
    }
    if !found.cached
        && found.answer.is_none()
        && found.hits.len() > 1
        && verbatim(found.curated.as_ref()).is_none()
    {
        rerank(&whole, &mut found, index).await;
        found.took_ms = index.now_ms() - begun;
    }
    Ok(found)
}

/// Puts the passages into a model's order, where the agent has one; without its answer they stay as they are.
async fn rerank(question: &str, found: &mut Found, index: &impl Index) {
    let Some(asked) = index.rerank(question, &found.hits) else { return };
    match asked.await {
        Ok(scores) => {
            let mut ordered: Vec<(f64, Hit)> = scores.into_iter().zip(found.hits.drain(..)).collect();
            order::by(&mut ordered, |a, b| b.0.total_cmp(&a.0));
            found.hits = ordered.into_iter().map(|(_, hit)| hit).collect();
        }
        Err(problem) => {
            index.log(&problem.to_string());
            // The next asker tries again.
            found.cached = true;
        }
    }
}
