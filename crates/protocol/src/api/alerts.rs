//! Alerts of the installation: figures, the rules that are held against them, and when those fired.

use crate::wire;

wire! {
    /// What a rule looks at.
    #[derive(Copy, Eq, Hash)]
    #[serde(rename_all = "snake_case")]
    pub enum AlertFigure {
        /// Milliseconds within which 95 of 100 answers began.
        FirstToken,
        /// Percent of the questions whose answer failed on our side.
        Errors,
        /// Jobs that are due and not begun.
        Backlog,
        /// Percent of the calls of models that their provider failed.
        ModelErrors,
        /// Events and mails that were given up.
        DeadLetters,
    }

    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum AlertState {
        Ok,
        /// It is above its limit, not yet for long enough.
        Pending,
        Firing,
    }

    /// A rule and how it stands.
    pub struct Alert {
        pub id: String,
        pub figure: AlertFigure,
        pub above: f64,
        /// What the figure is taken over; 0: it is of the moment.
        pub window_ms: f64,
        /// How long it has to be above its limit.
        pub hold_ms: f64,
        pub state: AlertState,
        /// As it was last seen; absent where there was nothing to judge.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub value: Option<f64>,
        /// Since when it is above its limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub since: Option<f64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub seen_at: Option<f64>,
        /// The last few, newest first.
        pub firings: Vec<AlertFiring>,
    }

    pub struct AlertFiring {
        /// Fired by hand, to see that it arrives.
        pub drill: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub value: Option<f64>,
        pub fired_at: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub resolved_at: Option<f64>,
    }
}
