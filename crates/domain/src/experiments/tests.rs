use std::collections::HashMap;

use proptest::prelude::*;
use protocol::experiments::{CtaPatch, EdgeExperiment, EdgeVariant, ExperimentKind, Patch, RulePatch};
use protocol::rules::CtaKind;
use protocol::{ExperimentId, VariantId, VisitorId};

use super::*;
use crate::rules::tests::{cta, rule};

fn experiment(n: u64, weights: &[u32]) -> EdgeExperiment {
    let variant = |(at, weight): (u64, &u32)| EdgeVariant {
        id: VariantId::ordered(at, [0; 10]),
        weight: *weight,
        patch: Patch::default(),
    };
    EdgeExperiment {
        id: ExperimentId::ordered(n, [3; 10]),
        variants: (0..).zip(weights).map(variant).collect(),
    }
}

/// Visitors as they come: by time and 80 random bits, here of a multiplicative generator.
fn visitors(count: u64) -> impl Iterator<Item = VisitorId> {
    (0..count).map(|n| {
        let random = (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        VisitorId::ordered(1_795_303_800_000 + n, std::array::from_fn(|at| random[at % 8]))
    })
}

fn shares(experiment: &EdgeExperiment, count: u64) -> Vec<f64> {
    let mut seen: HashMap<VariantId, u64> = HashMap::new();
    for visitor in visitors(count) {
        *seen.entry(assigned(experiment, &visitor).unwrap().id.clone()).or_default() += 1;
    }
    #[allow(clippy::cast_precision_loss)]
    experiment.variants.iter().map(|v| seen.get(&v.id).copied().unwrap_or(0) as f64 / count as f64).collect()
}

#[test]
fn ten_thousand_visitors_are_split_as_the_weights_say() {
    let halves = shares(&experiment(1, &[1, 1]), 10_000);
    assert!(halves.iter().all(|share| (share - 0.5).abs() <= 0.01), "{halves:?}");
    // Chance alone is off by 0.5 points (one standard deviation): of 40 experiments about 2 by more than one point,
    // none by more than two.
    let off: Vec<f64> = (1..=40).map(|n| (shares(&experiment(n, &[1, 1]), 10_000)[0] - 0.5).abs()).collect();
    assert!(
        off.iter().all(|off| *off <= 0.02) && off.iter().filter(|off| **off > 0.01).count() <= 6,
        "{off:?}"
    );
    for (got, wanted) in shares(&experiment(1, &[70, 20, 10]), 10_000).iter().zip([0.7, 0.2, 0.1]) {
        assert!((got - wanted).abs() <= 0.01, "{got} of {wanted}");
    }
    assert_eq!(shares(&experiment(1, &[0, 5]), 1_000), [0.0, 1.0]);
}

#[test]
fn two_experiments_split_their_visitors_independently() {
    let (one, two) = (experiment(1, &[1, 1]), experiment(2, &[1, 1]));
    let both = visitors(10_000)
        .filter(|v| {
            assigned(&one, v).unwrap().id == one.variants[0].id
                && assigned(&two, v).unwrap().id == two.variants[0].id
        })
        .count();
    assert!((2_300..=2_700).contains(&both), "{both}");
}

#[test]
fn a_visitor_sees_the_same_in_every_process_and_release() {
    let experiment = experiment(1, &[1, 1, 1]);
    let places: String = visitors(24)
        .map(|visitor| {
            let variant = assigned(&experiment, &visitor).unwrap();
            experiment.variants.iter().position(|other| other.id == variant.id).unwrap().to_string()
        })
        .collect();
    // Written down: whoever changes the hash changes what visitors of running experiments see.
    assert_eq!(places, "100201022111011211121102");
}

#[test]
fn intervals_are_wilsons() {
    let close =
        |(low, high): (f64, f64), (l, h): (f64, f64)| (low - l).abs() < 5e-4 && (high - h).abs() < 5e-4;
    // Reference values of the score interval (Newcombe 1998, table I; method 3).
    assert!(close(interval(81, 263), (0.2553, 0.3662)));
    assert!(close(interval(15, 148), (0.0624, 0.1605)));
    assert!(close(interval(0, 20), (0.0, 0.1611)));
    assert!(close(interval(1, 29), (0.0061, 0.1718)));
    assert_eq!(interval(0, 0), (0.0, 1.0));
}

#[test]
fn figures_speak_when_there_are_enough_and_they_differ() {
    let said = |a: (u32, u32), b: (u32, u32)| verdict(&[("A", a.0, a.1), ("B", b.0, b.1)]);
    let few = said((1, 40), (20, 29));
    assert_eq!(few.winner, None);
    assert_eq!(
        few.words,
        "Not enough data yet: every variant needs 30 visitors, and “B” was seen by 29 visitors."
    );
    assert!(said((10, 100), (14, 100)).words.contains("intervals overlap"));
    assert_eq!(said((5, 200), (40, 200)).winner, Some(1));
    assert!(said((5, 200), (40, 200)).words.starts_with("“B” earns more"));
}

#[test]
fn a_patch_is_of_its_kind_and_leaves_a_draft_a_draft() {
    let (rules, ctas) = ([rule(1)], [cta(1, "Demo")]);
    let refused = |kind, patch: Patch| {
        accept("variants[1].patch", kind, &patch, (&rules, &ctas)).err().and_then(|problem| problem.field)
    };
    let welcome = |text: &str| Patch { welcome: Some(text.into()), ..Patch::default() };
    assert_eq!(refused(ExperimentKind::Persona, welcome("Hello!")), None);
    assert_eq!(
        refused(ExperimentKind::Prompt, welcome("Hello!")).as_deref(),
        Some("variants[1].patch.welcome")
    );
    assert_eq!(
        refused(ExperimentKind::Persona, welcome(&"x".repeat(501))).as_deref(),
        Some("variants[1].patch.welcome")
    );
    let labelled = |n: u64, label: &str, target: &str| {
        let patch = CtaPatch {
            id: cta(n, "").id,
            label: Some(label.into()),
            kind: None,
            target: Some(target.into()),
            off: false,
        };
        Patch { ctas: vec![patch], ..Patch::default() }
    };
    assert_eq!(refused(ExperimentKind::Cta, labelled(1, "See it", "https://x.test/")), None);
    assert_eq!(
        refused(ExperimentKind::Cta, labelled(1, "See it", "http://x.test/")).as_deref(),
        Some("variants[1].patch.ctas[0].target")
    );
    assert_eq!(
        refused(ExperimentKind::Cta, labelled(2, "x", "https://x.test/")).as_deref(),
        Some("variants[1].patch.ctas[0]")
    );
    let off = |n: u64| Patch {
        rules: vec![RulePatch { id: rule(n).id, when: None, action: None, off: true }],
        ..Patch::default()
    };
    assert_eq!(refused(ExperimentKind::Trigger, off(1)), None);
    assert_eq!(refused(ExperimentKind::Trigger, off(9)).as_deref(), Some("variants[1].patch.rules[0]"));
    let (mut kept, mut labels) = (rules.to_vec(), ctas.to_vec());
    rules_patched(&mut kept, &off(1).rules);
    ctas_patched(&mut labels, &labelled(1, "See it", "https://x.test/").ctas);
    assert!(!kept[0].content.enabled && labels[0].content.label == "See it");
    // What asks for an address leads nowhere else.
    let asks = CtaPatch {
        id: cta(1, "").id,
        label: None,
        kind: Some(CtaKind::CaptureEmail),
        target: None,
        off: false,
    };
    ctas_patched(&mut labels, &[asks]);
    assert_eq!(labels[0].content.target, "");
}

proptest! {
    #[test]
    fn somebody_always_sees_something_while_any_weight_counts(n in any::<u64>(), weights in proptest::collection::vec(0_u32..=1_000, 1..6), visitor in any::<u64>()) {
        let experiment = experiment(n >> 16, &weights);
        let chosen = assigned(&experiment, &VisitorId::ordered(visitor >> 16, [1; 10]));
        prop_assert_eq!(chosen.is_some(), weights.iter().any(|weight| *weight > 0));
        prop_assert!(chosen.is_none_or(|variant| variant.weight > 0));
    }

    #[test]
    fn an_interval_holds_its_share_within_0_and_1(of in 1_u32..5_000, part in 0.0_f64..=1.0) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let successes = (f64::from(of) * part) as u32;
        let (low, high) = interval(successes, of);
        let share = f64::from(successes) / f64::from(of);
        prop_assert!(0.0 <= low && low <= share + 1e-12 && share <= high + 1e-12 && high <= 1.0);
    }
}

#[test]
fn a_variant_of_models_answers_everything_with_them() {
    let model = |name: &str| protocol::agent::Model::Anthropic { model: name.into() };
    let own = protocol::agent::AgentDraft {
        models: vec![model("own")],
        simple_model: Some(model("cheap")),
        ..protocol::agent::AgentDraft::default()
    };
    let patch = Patch { models: Some(vec![model("tried")]), ..Patch::default() };
    let kept = patched(own.clone(), &patch);
    assert_eq!((kept.models, kept.simple_model), (vec![model("tried")], None));
    assert_eq!(patched(own.clone(), &Patch::default()), own, "a variant that changes nothing is the agent");
    let none = Patch { models: Some(Vec::new()), ..Patch::default() };
    let refused = accept("patch", ExperimentKind::Model, &none, (&[], &[])).unwrap_err();
    assert_eq!(refused.field.as_deref(), Some("patch.models"), "{}", refused.message);
}
