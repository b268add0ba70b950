//! What is said once, however often it is sent: its id stays until it is accepted, or is about something else.

use leptos::prelude::*;

/// The id of what is being sent.
#[derive(Clone, Copy)]
pub(crate) struct Once {
    prefix: &'static str,
    kept: StoredValue<Kept>,
}

/// What was sent, and by what id.
#[derive(Default)]
struct Kept(Option<(String, String)>);

impl Kept {
    /// The server answers an id that it knows with what it was first sent: changed words need another one.
    fn id(&mut self, what: String, fresh: impl FnOnce() -> String) -> String {
        match &self.0 {
            Some((known, id)) if *known == what => id.clone(),
            _ => self.0.insert((what, fresh())).1.clone(),
        }
    }
}

impl Once {
    pub(crate) fn new(prefix: &'static str) -> Self {
        Self { prefix, kept: StoredValue::new(Kept::default()) }
    }

    /// The id for `what`, which says all that makes it another thing: to whom, and the words.
    pub(crate) fn id(self, what: String) -> String {
        let number = || (js_sys::Math::random() * 1e9) as u32;
        let fresh = || format!("{}-{:09}{:09}", self.prefix, number(), number());
        self.kept.try_update_value(|kept| kept.id(what, fresh)).unwrap_or_else(fresh)
    }

    /// It was accepted: the same words again are another thing.
    pub(crate) fn accepted(self) {
        self.kept.set_value(Kept::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_sent_again_keep_their_id_and_others_get_one() {
        let mut kept = Kept::default();
        assert_eq!(kept.id("hello".into(), || "a".into()), "a");
        assert_eq!(kept.id("hello".into(), || "b".into()), "a");
        assert_eq!(kept.id("hello!".into(), || "b".into()), "b");
        assert_eq!(kept.id("hello".into(), || "c".into()), "c");
        assert_eq!(Kept::default().id("hello".into(), || "d".into()), "d");
    }
}
