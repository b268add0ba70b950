//! Files on their way to the server. They outlive the screen that began them, so that one may go on working.

use super::kinds;
use crate::api::knowledge as api;
use leptos::prelude::*;
use protocol::SourceId;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{ProgressEvent, XmlHttpRequest};

/// Largest file, in bytes.
pub(crate) const MAX_BYTES: f64 = 50_000_000.0;
/// Most files of one source.
pub(crate) const MAX_FILES: usize = 10;
pub(crate) const EXTENSIONS: [&str; 6] = ["pdf", "docx", "txt", "md", "csv", "html"];
/// For the browser's file dialog.
pub(crate) const ACCEPT: &str = ".pdf,.docx,.txt,.md,.csv,.html";
/// More at once only share the same line.
const AT_ONCE: usize = 2;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stage {
    Waiting,
    Sending,
    /// Not sent at all, and why.
    Refused(String),
    /// It did not arrive, and why; it can be sent again.
    Failed(String),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Upload {
    pub(crate) key: u32,
    pub(crate) source: SourceId,
    pub(crate) name: String,
    pub(crate) bytes: f64,
    pub(crate) sent: f64,
    pub(crate) stage: Stage,
}

impl Upload {
    /// It will take one of the source's places, or does already.
    pub(crate) fn counts(&self) -> bool {
        !matches!(self.stage, Stage::Refused(_))
    }
}

/// A request on its way; what hears of its progress has to live as long.
struct Running {
    request: XmlHttpRequest,
    _progress: Closure<dyn Fn(ProgressEvent)>,
}

/// What an upload needs besides what is shown of it.
struct Transfer {
    file: web_sys::File,
    running: Option<Running>,
}

#[derive(Default)]
struct Desk {
    uploads: ArcRwSignal<Vec<Upload>>,
    /// Grows with every file that arrived.
    arrived: ArcRwSignal<u32>,
    transfers: RefCell<HashMap<u32, Transfer>>,
    /// Keys are never used again: a request may end after its upload was taken off the list.
    keys: Cell<u32>,
}

thread_local! {
    static DESK: Desk = Desk::default();
}

pub(crate) fn uploads() -> ArcRwSignal<Vec<Upload>> {
    DESK.with(|desk| desk.uploads.clone())
}

pub(crate) fn arrived() -> ArcRwSignal<u32> {
    DESK.with(|desk| desk.arrived.clone())
}

/// Why a file is not worth sending.
pub(crate) fn refuse(name: &str, bytes: f64, room: bool) -> Option<String> {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).unwrap_or_default();
    if !EXTENSIONS.contains(&extension.as_str()) {
        return Some(
            "Only PDF, DOCX, TXT, MD, CSV and HTML files can be read. Save it as one of these.".to_owned(),
        );
    }
    if bytes == 0.0 {
        return Some("This file is empty. Choose the one with the content.".to_owned());
    }
    if bytes > MAX_BYTES {
        return Some(format!("This file has {}; at most 50 MB can be read. Split it.", kinds::bytes(bytes)));
    }
    (!room).then(|| format!("A source holds {MAX_FILES} files. Delete one, or make another source for more."))
}

/// Checks files and sends those that can be read. `taken` places of the source are in use already.
pub(crate) fn add(source: &SourceId, files: Vec<web_sys::File>, taken: usize) {
    let list = uploads();
    let mut taken = taken
        + list.with_untracked(|list| {
            list.iter().filter(|upload| upload.source == *source && upload.counts()).count()
        });
    let mut fresh = Vec::new();
    for file in files {
        let key = DESK.with(|desk| desk.keys.replace(desk.keys.get().wrapping_add(1)));
        let (name, bytes) = (file.name(), file.size());
        let stage = match refuse(&name, bytes, taken < MAX_FILES) {
            Some(why) => Stage::Refused(why),
            None => {
                taken += 1;
                DESK.with(|desk| {
                    desk.transfers.borrow_mut().insert(key, Transfer { file, running: None });
                });
                Stage::Waiting
            }
        };
        fresh.push(Upload { key, source: source.clone(), name, bytes, sent: 0.0, stage });
    }
    list.update(|list| list.extend(fresh));
    pump();
}

/// Sends it again.
pub(crate) fn retry(key: u32) {
    change(key, |upload| {
        upload.stage = Stage::Waiting;
        upload.sent = 0.0;
    });
    pump();
}

/// Takes it off the list; one that is being sent stops.
pub(crate) fn cancel(key: u32) {
    uploads().update(|list| list.retain(|upload| upload.key != key));
    let transfer = DESK.with(|desk| desk.transfers.borrow_mut().remove(&key));
    if let Some(running) = transfer.and_then(|transfer| transfer.running) {
        let _ = running.request.abort();
    }
    pump();
}

fn change(key: u32, act: impl FnOnce(&mut Upload)) {
    uploads().update(|list| {
        if let Some(upload) = list.iter_mut().find(|upload| upload.key == key) {
            act(upload);
        }
    });
}

/// Starts what waits, as far as there is room on the line.
fn pump() {
    loop {
        let next = uploads().with_untracked(|list| {
            let sending = list.iter().filter(|upload| upload.stage == Stage::Sending).count();
            let next = list.iter().find(|upload| upload.stage == Stage::Waiting)?;
            (sending < AT_ONCE).then(|| (next.key, next.source.clone(), next.name.clone()))
        });
        let Some((key, source, name)) = next else { return };
        change(key, |upload| upload.stage = Stage::Sending);
        if start(key, &source, &name).is_none() {
            change(key, |upload| {
                upload.stage =
                    Stage::Failed("The browser could not read this file. Choose it again.".to_owned());
            });
        }
    }
}

fn start(key: u32, source: &SourceId, name: &str) -> Option<()> {
    let request = XmlHttpRequest::new().ok()?;
    request.open("POST", &api::upload_address(source, name)).ok()?;
    request.set_request_header("content-type", "application/octet-stream").ok()?;
    let progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
        change(key, |upload| upload.sent = event.loaded());
    });
    request.upload().ok()?.set_onprogress(Some(progress.as_ref().unchecked_ref()));
    let ended = {
        let request = request.clone();
        Closure::once_into_js(move || end(key, &request))
    };
    request.set_onloadend(Some(ended.unchecked_ref()));
    DESK.with(|desk| {
        let mut transfers = desk.transfers.borrow_mut();
        let transfer = transfers.get_mut(&key)?;
        request.send_with_opt_blob(Some(&transfer.file)).ok()?;
        transfer.running = Some(Running { request: request.clone(), _progress: progress });
        Some(())
    })
}

fn end(key: u32, request: &XmlHttpRequest) {
    let status = request.status().unwrap_or_default();
    let text = request.response_text().ok().flatten().unwrap_or_default();
    match api::uploaded(status, &text) {
        Ok(_) => {
            DESK.with(|desk| desk.transfers.borrow_mut().remove(&key));
            uploads().update(|list| list.retain(|upload| upload.key != key));
            arrived().update(|n| *n = n.wrapping_add(1));
        }
        // One that was cancelled is not on the list any more.
        Err(problem) => change(key, |upload| upload.stage = Stage::Failed(problem.message)),
    }
    pump();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_refused_before_it_is_sent() {
        assert_eq!(refuse("Prices.PDF", 50_000_000.0, true), None);
        for (name, bytes, room, why) in [
            ("prices.xlsx", 1.0, true, "Only PDF"),
            ("prices", 1.0, true, "Only PDF"),
            ("prices.pdf", 0.0, true, "empty"),
            ("prices.pdf", 50_000_001.0, true, "50 MB"),
            ("prices.pdf", 1.0, false, "10 files"),
        ] {
            assert!(refuse(name, bytes, room).is_some_and(|said| said.contains(why)), "{name}");
        }
    }
}
