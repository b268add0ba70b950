//! The container: the parts of a ZIP file by their names (APPNOTE.TXT, sections 4.3 and 4.4), unpacked as they
//! are read and never beyond a limit for all of them together.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::{Error, Read};

use flate2::read::DeflateDecoder;

/// Most parts of a container.
const PARTS: usize = 20_000;
/// Most bytes without a tag: what an XML reader has to hold at once.
const EVENT: usize = 8 << 20;

/// A container that is not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged;

pub struct Zip<'a> {
    bytes: &'a [u8],
    parts: HashMap<String, Entry>,
    /// Bytes that may still be unpacked.
    left: Cell<u64>,
    /// Some part is encrypted by the container itself.
    pub encrypted: bool,
}

#[derive(Clone, Copy)]
struct Entry {
    deflated: bool,
    size: usize,
    header: usize,
}

impl<'a> Zip<'a> {
    pub fn open(bytes: &'a [u8], limit: u64) -> Result<Self, Damaged> {
        const END: usize = 22;
        // The directory's end stands last, before a comment of at most 65,535 bytes.
        let tail = bytes.len().saturating_sub(END + 0xFFFF);
        let end = bytes.get(tail..).and_then(|last| last.windows(4).rposition(|four| four == b"PK\x05\x06"));
        let end = tail + end.ok_or(Damaged)?;
        let directory = u32_at(bytes, end + 16).ok_or(Damaged)?;
        let mut zip = Self { bytes, parts: HashMap::new(), left: Cell::new(limit), encrypted: false };
        let mut at = directory;
        while zip.parts.len() < PARTS && bytes.get(at..at.saturating_add(4)) == Some(b"PK\x01\x02") {
            at = zip.entry(at).ok_or(Damaged)?;
        }
        if zip.parts.is_empty() { Err(Damaged) } else { Ok(zip) }
    }

    /// Reads an entry of the directory; where the next one begins.
    fn entry(&mut self, at: usize) -> Option<usize> {
        let flags = u16_at(self.bytes, at + 8)?;
        let method = u16_at(self.bytes, at + 10)?;
        let size = u32_at(self.bytes, at + 20)?;
        let (name, extra, comment) =
            (u16_at(self.bytes, at + 28)?, u16_at(self.bytes, at + 30)?, u16_at(self.bytes, at + 32)?);
        let header = u32_at(self.bytes, at + 42)?;
        let name_at = at + 46;
        let path = self.bytes.get(name_at..name_at + name)?;
        self.encrypted |= flags & 1 != 0;
        if method == 0 || method == 8 {
            let entry = Entry { deflated: method == 8, size, header };
            self.parts.entry(key(&String::from_utf8_lossy(path))).or_insert(entry);
        }
        Some(name_at + name + extra + comment)
    }

    pub fn has(&self, name: &str) -> bool {
        self.parts.contains_key(&key(name))
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.keys().map(String::as_str)
    }

    /// The bytes of a part, unpacked while they are read.
    pub fn part(&self, name: &str) -> Option<Part<'_>> {
        let entry = self.parts.get(&key(name))?;
        let header = self.bytes.get(entry.header..)?;
        if !header.starts_with(b"PK\x03\x04") {
            return None;
        }
        let begin = 30 + u16_at(header, 26)? + u16_at(header, 28)?;
        let data = header.get(begin..)?;
        let data = data.get(..entry.size.min(data.len()))?;
        let source =
            if entry.deflated { Source::Deflated(DeflateDecoder::new(data)) } else { Source::Stored(data) };
        Some(Part { source, left: &self.left, untagged: 0 })
    }

    /// Whether a part was cut off by the limit.
    pub fn over_limit(&self) -> bool {
        self.left.get() == 0
    }
}

enum Source<'z> {
    Stored(&'z [u8]),
    Deflated(DeflateDecoder<&'z [u8]>),
}

pub struct Part<'z> {
    source: Source<'z>,
    left: &'z Cell<u64>,
    untagged: usize,
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = match &mut self.source {
            Source::Stored(data) => data.read(buffer)?,
            Source::Deflated(data) => data.read(buffer)?,
        };
        let left = self.left.get().saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
        self.left.set(left);
        let fresh = buffer.get(..read).unwrap_or_default();
        self.untagged = match fresh.iter().rposition(|byte| *byte == b'<') {
            Some(last) => read - last,
            None => self.untagged + read,
        };
        if self.untagged > EVENT {
            self.left.set(0);
        }
        if self.left.get() == 0 { Err(Error::other("unpacks to too much")) } else { Ok(read) }
    }
}

/// Names are compared without case, and some writers use backslashes.
fn key(name: &str) -> String {
    name.trim_start_matches('/').replace('\\', "/").to_ascii_lowercase()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(usize::from(u16::from_le_bytes(two.try_into().ok()?)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_le_bytes(four.try_into().ok()?)).ok()
}
