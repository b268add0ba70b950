//! Calls as signals: one value (`Load`) or a list by cursor (`Paged`), both refreshed without flicker.
//!
//! A load starts over when something its closure reads has changed, and answers that arrive late are dropped.
//! A refresh that fails keeps what is shown and says that it is old.

use crate::api::{Listed, Reply};
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::Problem;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

type Job<T> = Pin<Box<dyn Future<Output = Reply<T>>>>;
type Fetch<A, T> = Box<dyn Fn(A) -> Option<Job<T>>>;

/// One value of the server.
pub(crate) struct Load<T: Send + Sync + 'static> {
    pub(crate) value: RwSignal<Option<T>>,
    pub(crate) problem: RwSignal<Option<Problem>>,
    pub(crate) busy: RwSignal<bool>,
    fetch: StoredValue<Fetch<(), T>, LocalStorage>,
    ticket: StoredValue<u32>,
}

impl<T: Send + Sync + 'static> Copy for Load<T> {}
impl<T: Send + Sync + 'static> Clone for Load<T> {
    fn clone(&self) -> Self {
        *self
    }
}

/// Loads what `fetch` asks for, again whenever its reads change; `None` waits.
pub(crate) fn load<T, F>(fetch: impl Fn() -> Option<F> + 'static) -> Load<T>
where
    T: Send + Sync + PartialEq + 'static,
    F: Future<Output = Reply<T>> + 'static,
{
    let load = Load {
        value: RwSignal::new(None),
        problem: RwSignal::new(None),
        busy: RwSignal::new(false),
        fetch: StoredValue::new_local(Box::new(move |()| fetch().map(|job| Box::pin(job) as Job<T>))),
        ticket: StoredValue::new(0),
    };
    Effect::new(move |_| {
        let job = load.fetch.with_value(|fetch| fetch(()));
        load.value.set(None);
        load.problem.set(None);
        load.run(job);
    });
    load
}

impl<T: Send + Sync + PartialEq + 'static> Load<T> {
    /// Asks again and keeps showing the old value meanwhile.
    pub(crate) fn refresh(self) {
        self.run(untrack(|| self.fetch.with_value(|fetch| fetch(()))));
    }

    /// A part of the value, once it is there.
    pub(crate) fn part<U>(self, read: impl Fn(&T) -> U) -> Option<U> {
        self.value.with(|value| value.as_ref().map(read))
    }

    fn run(self, job: Option<Job<T>>) {
        let ticket = self.ticket.with_value(|ticket| ticket.wrapping_add(1));
        self.ticket.set_value(ticket);
        let Some(job) = job else { return };
        self.busy.set(true);
        spawn_local(async move {
            let reply = job.await;
            if self.ticket.try_get_value() != Some(ticket) {
                return;
            }
            self.busy.set(false);
            match reply {
                Ok(value) => {
                    set_if_changed(self.problem, None);
                    set_if_changed(self.value, Some(value));
                }
                Err(problem) => self.problem.set(Some(problem)),
            }
        });
    }
}

/// One row of a list. Its signal outlives refreshes, so a row keeps focus while its content changes.
pub(crate) struct Row<T: 'static> {
    pub(crate) key: String,
    pub(crate) value: ArcRwSignal<T>,
}

impl<T> Clone for Row<T> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), value: self.value.clone() }
    }
}

/// A list of the server, page by page.
pub(crate) struct Paged<T: Send + Sync + 'static> {
    pub(crate) rows: RwSignal<Option<Vec<Row<T>>>>,
    pub(crate) cursor: RwSignal<Option<String>>,
    pub(crate) problem: RwSignal<Option<Problem>>,
    pub(crate) busy: RwSignal<bool>,
    /// More than the first page is shown.
    deep: StoredValue<bool>,
    fetch: StoredValue<Fetch<Option<String>, Listed<T>>, LocalStorage>,
    key: fn(&T) -> String,
    ticket: StoredValue<u32>,
}

impl<T: Send + Sync + 'static> Copy for Paged<T> {}
impl<T: Send + Sync + 'static> Clone for Paged<T> {
    fn clone(&self) -> Self {
        *self
    }
}

/// How an answer changes the rows that are shown.
#[derive(Clone, Copy, PartialEq)]
enum Into {
    Replace,
    Append,
    /// The first page again; what was loaded below it stays.
    Head,
}

/// Loads the list's first page, again whenever what `fetch` reads changes.
pub(crate) fn paged<T, F>(
    key: fn(&T) -> String,
    fetch: impl Fn(Option<String>) -> Option<F> + 'static,
) -> Paged<T>
where
    T: Send + Sync + Clone + PartialEq + 'static,
    F: Future<Output = Reply<Listed<T>>> + 'static,
{
    let list = Paged {
        rows: RwSignal::new(None),
        cursor: RwSignal::new(None),
        problem: RwSignal::new(None),
        busy: RwSignal::new(false),
        deep: StoredValue::new(false),
        fetch: StoredValue::new_local(Box::new(move |cursor| {
            fetch(cursor).map(|job| Box::pin(job) as Job<Listed<T>>)
        })),
        key,
        ticket: StoredValue::new(0),
    };
    Effect::new(move |_| {
        let job = list.fetch.with_value(|fetch| fetch(None));
        list.rows.set(None);
        list.cursor.set(None);
        list.problem.set(None);
        list.run(job, Into::Replace);
    });
    list
}

impl<T: Send + Sync + Clone + PartialEq + 'static> Paged<T> {
    pub(crate) fn more(self) {
        let cursor = self.cursor.get_untracked();
        self.run(self.job(cursor), Into::Append);
    }

    /// Asks for the first page again and keeps the pages below it.
    pub(crate) fn refresh(self) {
        let how = if self.deep.get_value() { Into::Head } else { Into::Replace };
        self.run(self.job(None), how);
    }

    /// Starts over with the first page, without showing an empty list meanwhile.
    pub(crate) fn restart(self) {
        self.run(self.job(None), Into::Replace);
    }

    fn job(self, cursor: Option<String>) -> Option<Job<Listed<T>>> {
        untrack(|| self.fetch.with_value(|fetch| fetch(cursor)))
    }

    fn run(self, job: Option<Job<Listed<T>>>, how: Into) {
        let ticket = self.ticket.with_value(|ticket| ticket.wrapping_add(1));
        self.ticket.set_value(ticket);
        let Some(job) = job else { return };
        self.busy.set(true);
        spawn_local(async move {
            let reply = job.await;
            if self.ticket.try_get_value() != Some(ticket) {
                return;
            }
            self.busy.set(false);
            match reply {
                Ok((items, cursor)) => {
                    set_if_changed(self.problem, None);
                    self.take(items, cursor, how);
                }
                Err(problem) => self.problem.set(Some(problem)),
            }
        });
    }

    fn take(self, items: Vec<T>, cursor: Option<String>, how: Into) {
        let old = self.rows.get_untracked().unwrap_or_default();
        let fresh: Vec<Row<T>> = items.into_iter().map(|item| self.row(item, &old)).collect();
        let (mut rows, rest) = match how {
            Into::Replace => (fresh, Vec::new()),
            Into::Append => (old.clone(), fresh),
            Into::Head => (fresh, old.clone()),
        };
        rows.extend(rest.into_iter().filter({
            let known: Vec<String> = rows.iter().map(|row| row.key.clone()).collect();
            move |row| !known.contains(&row.key)
        }));
        if how != Into::Head {
            self.deep.set_value(how == Into::Append);
            set_if_changed(self.cursor, cursor);
        }
        let same = rows.len() == old.len() && rows.iter().zip(&old).all(|(a, b)| a.key == b.key);
        if !same || self.rows.with_untracked(Option::is_none) {
            self.rows.set(Some(rows));
        }
    }

    /// The row of an item: the one that is shown already, with its new value, or a new one.
    fn row(self, item: T, old: &[Row<T>]) -> Row<T> {
        let key = (self.key)(&item);
        match old.iter().find(|row| row.key == key) {
            Some(row) => {
                if row.value.with_untracked(|value| *value != item) {
                    row.value.set(item);
                }
                row.clone()
            }
            None => Row { key, value: ArcRwSignal::new(item) },
        }
    }
}

fn set_if_changed<T: Send + Sync + PartialEq + 'static>(signal: RwSignal<T>, value: T) {
    if signal.try_with_untracked(|old| *old != value) == Some(true) {
        signal.set(value);
    }
}

/// Calls `tick` every `ms` milliseconds while the page is visible, until the component goes.
pub(crate) fn every(ms: u64, tick: impl Fn() + 'static) {
    let handle = set_interval_with_handle(
        move || {
            if !document().hidden() {
                tick();
            }
        },
        Duration::from_millis(ms),
    );
    on_cleanup(move || {
        if let Ok(handle) = handle {
            handle.clear();
        }
    });
}
