//! Which questions a cheaper model may answer: those that ask one fact, which one passage says.
//!
//! Told by form and by what was found, nothing is asked of a model. Whatever is in doubt is not simple: the agent's own
//! models answer it, as they answer everything where no cheaper one is named. Why these marks: `docs/DESIGN.md`.

use protocol::internal::Hit;

use crate::followup::{self, Asked};
use crate::language::Language;
use crate::text::sentences::sentences;
use crate::text::{self, Script, normalised_question};

/// Why a question is not simple.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hard {
    /// The agent may call tools.
    Tools,
    /// It leaves to what was said before what it is about.
    FollowUp,
    Long,
    /// It asks more than one thing.
    Parts,
    /// It asks for reasons, ways, comparisons, advice, exceptions, or about the visitor's own case.
    Reasons,
    /// Too little was found.
    Unsure,
    /// Several passages say about as much.
    Divided,
}

impl Hard {
    /// For the member who tries the agent.
    #[must_use]
    pub fn why(self) -> &'static str {
        match self {
            Self::Tools => "The agent may call tools.",
            Self::FollowUp => "The question goes on from what was said before.",
            Self::Long => "The question is long.",
            Self::Parts => "The question has several parts.",
            Self::Reasons => "The question asks for more than a fact.",
            Self::Unsure => "Too little was found that is clearly about it.",
            Self::Divided => "Several passages say about as much.",
        }
    }
}

/// The most that a simple question has, as [`bulk`] counts.
const MOST: usize = 90;
/// A sentence up to here is a greeting.
const GREETING: usize = 16;
/// What words make of the passage that says it, at least.
const CLEAR: f64 = 0.45;
/// The share of that which any other passage may have.
const RIVAL: f64 = 0.75;

/// Parts of questions that want more than a fact, in all nine languages, folded; a space is where a word begins or ends.
/// One that means something else in another language costs the price of the better model.
#[rustfmt::skip]
const CUES: &str = concat!(
    " why | warum | wieso | weshalb | pourquoi | por que | porque |لماذا|ليش| למה | מדוע |なぜ|どうして|为什么|為什麼|为何|",
    " how to | how do| how can | how should | wie kann | wie mach| wie funktion| wie geht | como | comment |كيف| איכ |",
    " כיצד |どうやっ|どうすれ|どのよう|方法|仕方|怎么|怎麼|怎样|如何|",
    " compar| vs | better | best | than | differen| diferen| mejor | mieux | meilleur| besser| beste | besten | unterschied|",
    " vergleich| melhor |الفرق|افضل|احسن|مقارن|הבדל| עדיפ|השווא|違い|比べ|比較|どちら|区别|比较|哪个好|更好|",
    " should | recom| empfehl| sollte| soll | conseil| acons|تنصح|ממליצ|おすすめ|推荐|推薦|建议|",
    " if | unless | wenn | falls | si | caso | except| اذا | אמ |場合|たら|如果|",
    " my | mine | mein| mon | ma | mi | mis | meu | minha | שלי |私の|我的|",
    " explain| erklar| expli|اشرح|הסבר|説明|解释|介绍| proble|مشكل|בעיה|問題|问题|",
    " and | or | und | oder | et | y | e quando | e quanto | e onde | e qual | ومتي|وكم | واين| וכמה | ומתי | ואיפה |",
    "それとも|と、|还是|還是|以及|另外",
);

/// Whether a question that was searched is simple. `sources` are those of the answer, best first; `few` says that an
/// answer from them would be marked as unsure.
///
/// # Errors
/// Why it is not.
pub fn weigh(asked: &Asked, language: Language, sources: &[Hit], few: bool, tools: bool) -> Result<(), Hard> {
    let question = asked.question.as_str();
    let told = if tools {
        Some(Hard::Tools)
    } else if !asked.context.is_empty() || followup::goes_on(question, Some(language)) {
        Some(Hard::FollowUp)
    } else if bulk(question) > MOST {
        Some(Hard::Long)
    } else if several(question) {
        Some(Hard::Parts)
    } else if reasons(question) {
        Some(Hard::Reasons)
    } else {
        judge(sources, few)
    };
    told.map_or(Ok(()), Err)
}

/// What the sources say against it.
fn judge(sources: &[Hit], few: bool) -> Option<Hard> {
    // By words alone, also where meaning took part: a cosine gives every passage something.
    let mut worth = sources.iter().map(|hit| hit.words.unwrap_or_default());
    let best = worth.next().filter(|best| *best >= CLEAR && !few);
    match best {
        None => Some(Hard::Unsure),
        Some(best) => worth.any(|other| other > best * RIVAL).then_some(Hard::Divided),
    }
}

/// How much a text is, in letters of an alphabet; a character of Chinese or Japanese says about three.
fn bulk(text: &str) -> usize {
    text.chars().map(|c| if text::script(c) == Script::Cjk { 3 } else { 1 }).sum()
}

fn several(question: &str) -> bool {
    let said =
        |range: &std::ops::Range<usize>| bulk(question.get(range.clone()).unwrap_or_default()) > GREETING;
    sentences(question).iter().filter(|range| said(range)).count() > 1
}

fn reasons(question: &str) -> bool {
    let line = format!(" {} ", normalised_question(question));
    CUES.split('|').any(|cue| line.contains(cue))
}

#[cfg(test)]
mod tests;
