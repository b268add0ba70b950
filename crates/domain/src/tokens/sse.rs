//! Server-sent events (WHATWG HTML, section 9.2), as far as models use them: the data of each event.
//! Chunks may be cut anywhere, also inside a character.

/// Longest event that is kept; a model that sends more in one is not one.
const MAX_EVENT_BYTES: usize = 1 << 20;

/// Puts the data of events together from chunks of bytes.
#[derive(Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    data: Vec<u8>,
    after_return: bool,
    /// The first line was read: only there a byte order mark means nothing.
    begun: bool,
}

impl Lines {
    /// Takes the next bytes and hands over the data of every event they completed.
    pub(super) fn push(&mut self, bytes: &[u8], each: &mut dyn FnMut(&[u8])) {
        let mut rest = bytes;
        while let Some(&first) = rest.first() {
            if std::mem::take(&mut self.after_return) && first == b'\n' {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let (text, behind) = rest.split_at(end.unwrap_or(rest.len()));
            let room = MAX_EVENT_BYTES.saturating_sub(self.line.len());
            self.line.extend_from_slice(text.get(..room).unwrap_or(text));
            let Some((&end, behind)) = behind.split_first() else { return };
            self.after_return = end == b'\r';
            rest = behind;
            self.end_line(each);
        }
    }

    /// The stream ended: what missing last line breaks left.
    pub(super) fn finish(&mut self, each: &mut dyn FnMut(&[u8])) {
        if !self.line.is_empty() {
            self.end_line(each);
        }
        self.end_event(each);
    }

    fn end_line(&mut self, each: &mut dyn FnMut(&[u8])) {
        let mut line = std::mem::take(&mut self.line);
        if !std::mem::replace(&mut self.begun, true) && line.starts_with(b"\xef\xbb\xbf") {
            line.drain(..3);
        }
        if line.is_empty() {
            self.end_event(each);
        } else if let Some(value) = line.strip_prefix(b"data:") {
            if !self.data.is_empty() && self.data.len() < MAX_EVENT_BYTES {
                self.data.push(b'\n');
            }
            // What is cut off here is no JSON any more, and is reported as such.
            let room = MAX_EVENT_BYTES.saturating_sub(self.data.len());
            let value = value.strip_prefix(b" ").unwrap_or(value);
            self.data.extend_from_slice(value.get(..room).unwrap_or(value));
        }
        line.clear();
        self.line = line;
    }

    fn end_event(&mut self, each: &mut dyn FnMut(&[u8])) {
        if !self.data.is_empty() {
            each(&self.data);
            self.data.clear();
        }
    }
}
