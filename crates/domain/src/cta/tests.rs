use proptest::prelude::*;
use protocol::rules::{CtaKind, EdgeCta};

use super::*;
use crate::rules::tests::cta;

fn asked(question: &str) -> Moment<'_> {
    Moment { question, page_url: Some("https://x.test/pricing?plan=2"), asked: 1, pages: &[], shown: &[] }
}

fn with(n: u64, change: impl Fn(&mut CtaContent)) -> EdgeCta {
    let mut cta = cta(n, &format!("No. {n}"));
    change(&mut cta.content);
    cta
}

fn words(n: u64, words: &[&str]) -> EdgeCta {
    with(n, |c| c.words = words.iter().map(ToString::to_string).collect())
}

#[test]
fn words_are_found_in_the_scripts_of_nine_languages_and_as_whole_words() {
    for (word, said, not_said) in [
        ("buy", "Can I BUY it here?", "Who is the buyer?"),
        ("précio", "¿Qué precio tiene?", "¿Es precioso?"),
        ("reserver", "Je veux réserver.", "C'est une réservation."),
        ("größe", "Welche GRÖSSE passt?", "Die Größenordnung?"),
        ("orçamento", "Quero um orcamento!", "E orçamentos?"),
        ("料金", "料金はいくらですか", "資料をください"),
        ("السعر", "كم السِّعر؟", "ما الأسعار؟"),
        ("价格", "价格是多少", "地址在哪里"),
        ("מחיר", "מה המחיר? מחיר!", "מה המחירון?"),
        ("book a demo", "I'd like to book a demo.", "I booked the demo"),
    ] {
        let ctas = [words(1, &[word])];
        assert!(choose(&ctas, &asked(said)).is_some(), "{word} in {said}");
        assert!(choose(&ctas, &asked(not_said)).is_none(), "{word} in {not_said}");
    }
}

#[test]
fn all_conditions_have_to_hold_and_the_first_wins() {
    let ctas = [
        with(1, |c| c.page = vec!["/docs*".into()]),
        with(2, |c| c.history.asked = 3),
        with(3, |c| c.history.seen = vec!["/team".into()]),
        with(4, |c| c.after_answers = false),
        with(5, |c| (c.page, c.words) = (vec!["/pricing".into()], vec!["demo".into()])),
        with(6, |_| ()),
    ];
    let chosen = |moment: &Moment<'_>| choose(&ctas, moment).map(|cta| cta.label);
    assert_eq!(chosen(&asked("a demo")).as_deref(), Some("No. 5"));
    assert_eq!(chosen(&asked("hello")).as_deref(), Some("No. 6"));
    assert_eq!(chosen(&Moment { asked: 3, ..asked("x") }).as_deref(), Some("No. 2"));
    let pages = ["https://x.test/team".to_owned()];
    assert_eq!(chosen(&Moment { pages: &pages, ..asked("x") }).as_deref(), Some("No. 3"));
    assert_eq!(chosen(&Moment { page_url: None, ..asked("demo") }).as_deref(), Some("No. 6"));
    assert_eq!(
        chosen(&Moment { page_url: Some("https://x.test/docs/a"), ..asked("x") }).as_deref(),
        Some("No. 1")
    );
}

#[test]
fn what_was_shown_is_not_shown_again_unless_it_may_be() {
    let ctas = [with(1, |_| ()), with(2, |c| c.repeat = true)];
    let shown = [ctas[0].id.clone(), ctas[1].id.clone()];
    assert_eq!(choose(&ctas, &Moment { shown: &shown, ..asked("x") }).unwrap().id, ctas[1].id);
    assert_eq!(choose(&ctas, &asked("x")).unwrap().id, ctas[0].id);
}

#[test]
fn an_address_is_https_and_none_where_one_is_asked_for() {
    for bad in [
        "",
        "http://x.test",
        "https://",
        "https:// x",
        "javascript:alert(1)",
        "https://a@b.test/",
        "https://x.test/a b",
    ] {
        assert!(accept_target("target", CtaKind::Link, bad).is_err(), "{bad}");
    }
    assert_eq!(
        accept_target("target", CtaKind::Buy, " https://x.test/a?b#c ").unwrap(),
        "https://x.test/a?b#c"
    );
    assert_eq!(accept_target("target", CtaKind::CaptureEmail, "https://x.test").unwrap(), "");
}

fn any_cta(n: u64) -> impl Strategy<Value = EdgeCta> {
    (
        proptest::collection::vec("(/pricing|/docs|/\\*)", 0..2),
        proptest::collection::vec("(buy|demo|料金|price)", 0..2),
        0_u32..4,
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(move |(page, words, asked, after_answers, repeat)| {
            with(n, |c| {
                c.page.clone_from(&page);
                c.words.clone_from(&words);
                (c.history.asked, c.after_answers, c.repeat) = (asked, after_answers, repeat);
            })
        })
}

proptest! {
    #[test]
    fn the_first_that_would_be_chosen_alone_is_chosen(
        ctas in (any_cta(1), any_cta(2), any_cta(3)).prop_map(|(a, b, c)| [a, b, c]),
        question in "(can i buy|a demo please|料金は|hello|.{0,20})",
        page in proptest::option::of("https://x.test/(pricing|docs|)"),
        asked in 1_u32..5,
        shown in 0_usize..3,
    ) {
        let shown: Vec<_> = ctas.iter().take(shown).map(|cta| cta.id.clone()).collect();
        let moment = Moment { question: &question, page_url: page.as_deref(), asked, pages: &[], shown: &shown };
        let alone = ctas.iter().find_map(|cta| choose(std::slice::from_ref(cta), &moment));
        prop_assert_eq!(choose(&ctas, &moment), alone);
    }

    #[test]
    fn no_text_makes_it_fail_and_more_conditions_never_show_more(question in ".{0,200}", word in ".{0,20}") {
        let free = [with(1, |_| ())];
        let bound = [words(1, &[&word])];
        let moment = asked(&question);
        prop_assert!(choose(&bound, &moment).is_none() || choose(&free, &moment).is_some());
    }
}
