//! Messages of PostgreSQL's protocol, version 3.0 (chapter "Frontend/Backend Protocol" of its manual), as far as one
//! statement at a time needs them.

/// Asks whether the server encrypts.
pub const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
const VERSION: u32 = 196_608;

/// What a server sends; what needs no answer is left out.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    /// A kind of authentication with its data; 0 is that all is well.
    Authentication(u32, Vec<u8>),
    /// Its cells, as text.
    Row(Vec<Option<String>>),
    /// SQLSTATE and message.
    Wrong(String, String),
    /// The next statement may come.
    Ready,
    /// What needs no answer.
    Other,
}

/// What is no message.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// Longer than what may come.
    TooLong,
    /// Its parts are not where its length says.
    Malformed,
}

/// A message: its letter, its length, what `write` writes.
fn framed(into: &mut Vec<u8>, letter: Option<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    into.extend(letter);
    let mut body = Vec::new();
    write(&mut body);
    into.extend(length(body.len() + 4).to_be_bytes());
    into.append(&mut body);
}

/// PostgreSQL counts in 32 bits; nothing that we send comes near.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

fn short(count: usize) -> [u8; 2] {
    u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes()
}

/// A text with its end; a zero within it would end it early.
fn text(into: &mut Vec<u8>, text: &str) {
    into.extend(text.bytes().filter(|byte| *byte != 0));
    into.push(0);
}

/// The first message: which version of the protocol is spoken, and who wants what.
#[must_use]
pub fn startup(parameters: &[(&str, &str)]) -> Vec<u8> {
    let mut sent = Vec::new();
    framed(&mut sent, None, |body| {
        body.extend(VERSION.to_be_bytes());
        for (name, value) in parameters {
            text(body, name);
            text(body, value);
        }
        body.push(0);
    });
    sent
}

/// A password in the clear.
#[must_use]
pub fn password(password: &str) -> Vec<u8> {
    let mut sent = Vec::new();
    framed(&mut sent, Some(b'p'), |body| text(body, password));
    sent
}

/// Names the mechanism, with its first words.
#[must_use]
pub fn sasl_first(mechanism: &str, data: &str) -> Vec<u8> {
    let mut sent = Vec::new();
    framed(&mut sent, Some(b'p'), |body| {
        text(body, mechanism);
        body.extend(length(data.len()).to_be_bytes());
        body.extend(data.bytes());
    });
    sent
}

/// What a mechanism says next.
#[must_use]
pub fn sasl_next(data: &str) -> Vec<u8> {
    let mut sent = Vec::new();
    framed(&mut sent, Some(b'p'), |body| body.extend(data.bytes()));
    sent
}

/// Statements in one text, without arguments.
#[must_use]
pub fn query(statements: &str) -> Vec<u8> {
    let mut sent = Vec::new();
    framed(&mut sent, Some(b'Q'), |body| text(body, statements));
    sent
}

fn parse(into: &mut Vec<u8>, statement: &str, types: &[u32]) {
    framed(into, Some(b'P'), |body| {
        text(body, "");
        text(body, statement);
        body.extend(short(types.len()));
        types.iter().for_each(|one| body.extend(one.to_be_bytes()));
    });
}

fn sync(into: &mut Vec<u8>) {
    framed(into, Some(b'S'), |_| {});
}

/// Asks what a statement needs and gives.
#[must_use]
pub fn understand(statement: &str, types: &[u32]) -> Vec<u8> {
    let mut sent = Vec::new();
    parse(&mut sent, statement, types);
    framed(&mut sent, Some(b'D'), |body| body.extend(b"S\0"));
    sync(&mut sent);
    sent
}

/// One statement with its arguments, of which at most `most` rows are wanted; all as text.
#[must_use]
pub fn execute(statement: &str, types: &[u32], values: &[Option<String>], most: u32) -> Vec<u8> {
    let mut sent = Vec::new();
    parse(&mut sent, statement, types);
    framed(&mut sent, Some(b'B'), |body| {
        // Portal and statement without a name; every argument as text.
        body.extend([0, 0, 0, 0]);
        body.extend(short(values.len()));
        for value in values {
            match value {
                Some(value) => {
                    body.extend(length(value.len()).to_be_bytes());
                    body.extend(value.bytes());
                }
                None => body.extend(u32::MAX.to_be_bytes()),
            }
        }
        body.extend([0, 0]);
    });
    framed(&mut sent, Some(b'E'), |body| {
        text(body, "");
        body.extend(most.to_be_bytes());
    });
    sync(&mut sent);
    sent
}

/// Ends the session.
#[must_use]
pub fn terminate() -> Vec<u8> {
    let mut sent = Vec::new();
    framed(&mut sent, Some(b'X'), |_| {});
    sent
}

/// A reader of one message's bytes.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(head)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<String> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let text = String::from_utf8_lossy(self.take(end)?).into_owned();
        self.take(1)?;
        Some(text)
    }
}

/// Takes one whole message from the head of what has come; `Ok(None)` where it is not whole yet.
///
/// # Errors
/// When it is none, or larger than `most` bytes.
pub fn next(buffer: &mut Vec<u8>, most: usize) -> Result<Option<Message>, Fault> {
    let mut reader = Reader(buffer);
    let Some(letter) = reader.take(1).and_then(<[u8]>::first).copied() else { return Ok(None) };
    let Some(length) = reader.number() else { return Ok(None) };
    let length = usize::try_from(length).ok().filter(|length| *length >= 4).ok_or(Fault::Malformed)?;
    if length > most {
        return Err(Fault::TooLong);
    }
    let Some(body) = reader.take(length - 4) else { return Ok(None) };
    let message = read(letter, Reader(body)).ok_or(Fault::Malformed)?;
    buffer.drain(..=length);
    Ok(Some(message))
}

fn read(letter: u8, mut body: Reader<'_>) -> Option<Message> {
    Some(match letter {
        b'R' => Message::Authentication(body.number()?, body.0.to_vec()),
        b'D' => {
            let cells = u16::from_be_bytes(body.take(2)?.try_into().ok()?);
            let cell = |_| {
                Some(match body.number()? {
                    u32::MAX => None,
                    bytes => {
                        let bytes = body.take(usize::try_from(bytes).ok()?)?;
                        Some(String::from_utf8_lossy(bytes).into_owned())
                    }
                })
            };
            Message::Row((0..cells).map(cell).collect::<Option<_>>()?)
        }
        b'E' => {
            let (mut code, mut message) = (String::new(), String::new());
            loop {
                match body.take(1)?.first()? {
                    0 => break,
                    b'C' => code = body.text()?,
                    b'M' => message = body.text()?,
                    _ => {
                        body.text()?;
                    }
                }
            }
            Message::Wrong(code, message)
        }
        b'Z' => Message::Ready,
        _ => Message::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_taken_whole_one_after_the_other() {
        let row = [b"D\0\0\0\x0f\0\x02\0\0\0\x01a\xff\xff\xff\xff".as_slice(), b"Z\0\0\0\x05I"].concat();
        for cut in 0..row.len() {
            let mut buffer = row.get(..cut).unwrap().to_vec();
            let first = next(&mut buffer, 100).unwrap();
            assert_eq!(first.is_some(), cut >= 16, "{cut}");
            buffer.extend(row.get(cut..).unwrap());
            let first = first.or_else(|| next(&mut buffer, 100).unwrap());
            assert_eq!(first, Some(Message::Row(vec![Some("a".into()), None])));
            assert_eq!(next(&mut buffer, 100), Ok(Some(Message::Ready)));
            assert_eq!(next(&mut buffer, 100), Ok(None));
        }
    }

    #[test]
    fn an_error_is_read_and_what_is_no_message_refused() {
        let mut buffer = b"E\0\0\0\x17SERROR\0C42601\0Moh\0\0".to_vec();
        assert_eq!(next(&mut buffer, 100), Ok(Some(Message::Wrong("42601".into(), "oh".into()))));
        for wrong in [b"D\0\0\0\x02".as_slice(), b"D\0\0\0\x06\0\x02", b"E\0\0\0\x06SE", b"R\0\0\0\x04"] {
            assert_eq!(next(&mut wrong.to_vec(), 100), Err(Fault::Malformed), "{wrong:?}");
        }
        assert_eq!(next(&mut b"D\0\0\x01\0".to_vec(), 100), Err(Fault::TooLong));
    }

    #[test]
    fn what_is_sent_says_how_long_it_is() {
        assert_eq!(query("SELECT 1"), b"Q\0\0\0\x0dSELECT 1\0");
        assert_eq!(terminate(), b"X\0\0\0\x04");
        let sent = execute("S", &[25], &[Some("x".into()), None], 3);
        let bound = b"B\0\0\0\x15\0\0\0\0\0\x02\0\0\0\x01x\xff\xff\xff\xff\0\0".as_slice();
        assert!(sent.windows(bound.len()).any(|part| part == bound), "{sent:?}");
    }
}
