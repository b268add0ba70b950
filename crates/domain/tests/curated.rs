//! Which curated answer a question gets.

// Helpers of tests may panic as tests may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use domain::curated::{Asked, CLOSE, MOST_ANSWER_CHARS, MOST_LINE_CHARS, Match, Prepared, accept, find};
use proptest::prelude::*;
use protocol::api::CuratedContent;
use protocol::internal::CuratedMatch;

fn content(pattern: &str, keywords: &str) -> CuratedContent {
    CuratedContent {
        pattern: pattern.into(),
        keywords: keywords.into(),
        answer: "An answer.".into(),
        pages: String::new(),
        languages: Vec::new(),
        enabled: true,
    }
}

fn prepared(all: &[(&str, &str)]) -> Vec<Prepared> {
    all.iter().map(|(pattern, keywords)| Prepared::new(&content(pattern, keywords))).collect()
}

fn ask(answers: &[Prepared], question: &str) -> Option<Match> {
    find(answers, &Asked { question, page_url: None, language: Some("en") })
}

#[test]
fn case_punctuation_width_and_diacritics_make_no_other_question() {
    let answers = prepared(&[("Do you have a café?\nＷｉＦｉ password", "")]);
    for question in
        ["do you have a CAFE", "  Do you — have a cafe\u{301}?!", "wifi  password", "ＷＩＦＩ PASSWORD?"]
    {
        let found = ask(&answers, question).unwrap_or_else(|| panic!("{question}"));
        assert_eq!((found.by, found.score, found.at), (CuratedMatch::Exact, 1.0, 0));
    }
    assert_eq!(ask(&answers, "wifi password").unwrap().pattern, "ＷｉＦｉ password");
    assert!(ask(&answers, "Is there a car park?").is_none());
    assert!(ask(&answers, "?!").is_none());
}

#[test]
fn keywords_match_by_stem_and_all_of_a_line() {
    let answers = prepared(&[("Can I bring it back?", "return parcel\nsend back")]);
    for question in ["How do I go about returning my parcels to you", "could I send this thing back please"] {
        assert_eq!(ask(&answers, question).unwrap_or_else(|| panic!("{question}")).by, CuratedMatch::Keyword);
    }
    for question in ["Where is my parcel?", "How do returns work", "I will be back"] {
        assert!(
            ask(&answers, question).is_none_or(|found| found.by == CuratedMatch::Closeness),
            "{question}"
        );
    }
}

#[test]
fn keywords_are_words_not_ideas() {
    // "price" and "cost" mean the same to the search; word for word they are different.
    let answers = prepared(&[("Anything", "price")]);
    assert!(ask(&answers, "What does it cost?").is_none());
    assert!(ask(&answers, "Prices please").is_some());
}

#[test]
fn every_language_has_its_stems() {
    let answers = prepared(&[
        ("Wann habt ihr an Feiertagen geöffnet?", "Feiertag"),
        ("营业时间是什么", "营业时间"),
        ("متى تفتحون", "مواعيد"),
    ]);
    let by = |question: &str, tongue: &str| {
        find(&answers, &Asked { question, page_url: None, language: Some(tongue) })
            .map(|found| (found.at, found.by))
    };
    assert_eq!(by("Was ist an den Feiertagen", "de"), Some((0, CuratedMatch::Keyword)));
    assert_eq!(by("请问营业时间？", "zh"), Some((1, CuratedMatch::Keyword)));
    assert_eq!(by("متى تفتحون؟", "ar"), Some((2, CuratedMatch::Exact)));
}

#[test]
fn nearly_the_same_question_is_close_and_another_is_not() {
    let answers = prepared(&[
        ("What are your opening hours?", ""),
        ("How long does delivery to Norway take?", ""),
        ("Is the workshop open on Sundays?", ""),
    ]);
    for (question, at) in
        [("How long would the delivery to Norway take?", 1), ("is your workshop opened on a Sunday", 2)]
    {
        let found = ask(&answers, question).unwrap_or_else(|| panic!("{question}"));
        assert_eq!((found.by, found.at), (CuratedMatch::Closeness, at), "{question}");
        assert!((CLOSE..=1.0).contains(&found.score));
    }
    for question in ["How long does delivery to Spain take?", "Who owns the workshop?", "Do you sell hats?"] {
        assert!(ask(&answers, question).is_none(), "{question}");
    }
}

#[test]
fn exact_comes_before_keyword_before_closeness_and_within_each_the_order() {
    let answers = prepared(&[
        ("Do you ship parcels abroad now?", ""),
        ("Something", "ship abroad"),
        ("Else", "abroad"),
        ("Do you ship parcels abroad?", ""),
        ("do you SHIP parcels abroad", ""),
    ]);
    let found = |from: usize, question: &str| {
        ask(&answers[from..], question).map(|found| (found.at + from, found.by))
    };
    assert_eq!(found(0, "Do you ship parcels abroad"), Some((3, CuratedMatch::Exact)));
    assert_eq!(found(4, "Do you ship parcels abroad"), Some((4, CuratedMatch::Exact)));
    assert_eq!(found(0, "Will you ship my parcels abroad"), Some((1, CuratedMatch::Keyword)));
    assert_eq!(found(2, "Will you ship my parcels abroad"), Some((2, CuratedMatch::Keyword)));
    assert_eq!(found(3, "Will you ship a parcel abroad?"), Some((3, CuratedMatch::Closeness)));
}

#[test]
fn conditions_of_page_and_language_hold() {
    let on = |pages: &str, languages: &[&str]| {
        let content = CuratedContent {
            pages: pages.into(),
            languages: languages.iter().map(|tag| (*tag).to_owned()).collect(),
            ..content("Who is there?", "")
        };
        vec![Prepared::new(&accept(content).unwrap())]
    };
    let asked = |answers: &[Prepared], page: Option<&str>, tongue: Option<&str>| {
        find(answers, &Asked { question: "who is there", page_url: page, language: tongue }).is_some()
    };
    let shop = on("/shop/*\n/über-uns\nhttps://x.test/contact?a=1", &[]);
    for page in [
        "https://x.test/shop/",
        "https://x.test/shop",
        "https://x.test/shop/hats?colour=red#top",
        "https://x.test/%C3%BCber-uns/",
        "https://x.test/contact#form",
    ] {
        assert!(asked(&shop, Some(page), None), "{page}");
    }
    for page in [
        "https://x.test/",
        "https://x.test/shopping",
        "https://x.test/contact/us",
        "https://x.test/?p=/shop/",
    ] {
        assert!(!asked(&shop, Some(page), None), "{page}");
    }
    assert!(!asked(&shop, None, None), "a page that is not known is none of them");
    let all = on("*", &[]);
    assert!(asked(&all, Some("https://x.test"), None));
    let front = on("/", &[]);
    assert!(
        asked(&front, Some("https://x.test?utm=1"), None) && !asked(&front, Some("https://x.test/a"), None)
    );
    let german = on("", &["de-AT"]);
    assert!(asked(&german, None, Some("de")) && asked(&german, None, Some("de-CH")));
    assert!(!asked(&german, None, Some("en")) && !asked(&german, None, None));
}

#[test]
fn what_is_written_is_tidied_or_refused_by_its_field() {
    let tidy = accept(CuratedContent {
        answer: " yes \n".into(),
        languages: vec!["pt-BR".into(), "pt".into()],
        ..content(" a \n\n b ", "")
    });
    let tidy = tidy.unwrap();
    assert_eq!(
        (tidy.pattern.as_str(), tidy.answer.as_str(), tidy.languages),
        ("a\nb", "yes", vec!["pt".to_owned()])
    );
    for (wrong, field) in [
        (content(" \n ", ""), "pattern"),
        (content("?!", ""), "pattern"),
        (content(&"x".repeat(MOST_LINE_CHARS + 1), ""), "pattern"),
        (content(&"x\n".repeat(51), ""), "pattern"),
        (content("a", &"y".repeat(MOST_LINE_CHARS + 1)), "keywords"),
        (CuratedContent { answer: " ".into(), ..content("a", "") }, "answer"),
        (CuratedContent { answer: "x".repeat(MOST_ANSWER_CHARS + 1), ..content("a", "") }, "answer"),
        (CuratedContent { languages: vec!["xx".into()], ..content("a", "") }, "languages"),
    ] {
        let refused = accept(wrong).unwrap_err();
        assert_eq!(refused.field.as_deref(), Some(field));
        assert!(refused.message.ends_with('.'));
    }
}

proptest! {
    #[test]
    fn a_question_always_matches_itself(question in "\\PC{1,80}") {
        let answers = [Prepared::new(&content(&question, ""))];
        let found = ask(&answers, &question);
        let asks = !domain::text::normalised_question(&question).is_empty() && !question.trim().is_empty();
        prop_assert_eq!(found.map(|found| found.by), asks.then_some(CuratedMatch::Exact));
    }

    #[test]
    fn whatever_is_asked_scores_within_bounds_and_names_an_answer(
        patterns in proptest::collection::vec("[a-d ]{1,20}", 1..8),
        keywords in "[a-d]{0,3}( [a-d]{1,3})?",
        question in "[a-d ]{0,30}",
    ) {
        let answers: Vec<_> = patterns.iter().map(|pattern| Prepared::new(&content(pattern, &keywords))).collect();
        if let Some(found) = ask(&answers, &question) {
            prop_assert!(found.at < answers.len());
            prop_assert!((CLOSE..=1.0).contains(&found.score));
            prop_assert!(patterns[found.at].contains(&found.pattern));
            prop_assert!(found.by == CuratedMatch::Closeness || (found.score - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_order_of_words_and_repetition_change_no_closeness(mut words in proptest::collection::vec("[b-df-hj-np-tv-z]{4,7}", 2..6)) {
        let answers = [Prepared::new(&content(&format!("{} zzzzz", words.join(" ")), ""))];
        let before = ask(&answers, &words.join(" ")).map(|found| found.score);
        words.reverse();
        let after = ask(&answers, &words.join(" ")).map(|found| found.score);
        match (before, after) {
            (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-9),
            (a, b) => prop_assert_eq!(a, b),
        }
    }

    #[test]
    fn what_is_stored_decodes_to_the_same(pattern in "\\PC{1,60}", keywords in "\\PC{0,60}") {
        let one = Prepared::new(&content(&pattern, &keywords));
        let json = serde_json::to_string(&one).unwrap();
        prop_assert_eq!(serde_json::from_str::<Prepared>(&json).unwrap(), one);
    }
}
