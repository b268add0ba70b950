//! Unpacking the streams that carry text (content, CMaps, font programs), never beyond a limit.
//!
//! The library's own decoding knows no limit, and a few kilobytes can unpack to gigabytes. Filters: ISO 32000-1,
//! section 7.4. Image filters end in nothing: pictures carry no text.

use std::io::Read;

use flate2::read::{DeflateDecoder, ZlibDecoder};
use hayro_syntax::Filter;
use hayro_syntax::object::{Array, Dict, Stream};

/// A stream that would unpack to more than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverLimit;

/// The data of a stream; what a damaged one still gives. `None` for pictures and unknown filters.
pub fn unpack(stream: &Stream<'_>, limit: usize) -> Result<Option<Vec<u8>>, OverLimit> {
    let dict = stream.dict();
    let filters = stream.filters();
    let named = dict.contains_key(b"Filter") || dict.contains_key(b"F");
    if (named && filters.is_empty()) || predicted(dict) {
        // Predictors belong to tables and pictures.
        return Ok(None);
    }
    let mut data = stream.raw_data().into_owned();
    for filter in filters {
        data = match filter {
            Filter::FlateDecode => inflate(&data, limit)?,
            Filter::LzwDecode => lzw(&data, early_change(dict), limit)?,
            Filter::Ascii85Decode => ascii85(&data),
            Filter::AsciiHexDecode => ascii_hex(&data),
            Filter::RunLengthDecode => run_length(&data, limit)?,
            Filter::Crypt => data,
            _ => return Ok(None),
        };
    }
    if data.len() > limit { Err(OverLimit) } else { Ok(Some(data)) }
}

fn parameters<'a>(dict: &Dict<'a>) -> Vec<Dict<'a>> {
    for key in [b"DecodeParms".as_slice(), b"DP"] {
        if let Some(one) = dict.get::<Dict<'a>>(key) {
            return vec![one];
        }
        if let Some(many) = dict.get::<Array<'a>>(key) {
            return many.iter::<Dict<'a>>().take(8).collect();
        }
    }
    Vec::new()
}

fn predicted(dict: &Dict<'_>) -> bool {
    parameters(dict).iter().any(|one| one.get::<i32>(b"Predictor").is_some_and(|kind| kind > 1))
}

fn early_change(dict: &Dict<'_>) -> bool {
    !parameters(dict).iter().any(|one| one.get::<i32>(b"EarlyChange") == Some(0))
}

/// Inflates up to the limit. Damage ends the data, it does not undo what came before.
pub fn inflate(data: &[u8], limit: usize) -> Result<Vec<u8>, OverLimit> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut out = Vec::new();
    let _ = ZlibDecoder::new(data).take(most).read_to_end(&mut out);
    if out.is_empty() {
        // Some writers leave out the two bytes of the zlib header.
        let _ = DeflateDecoder::new(data).take(most).read_to_end(&mut out);
        if out.is_empty()
            && let Some(rest) = data.get(2..)
        {
            let _ = DeflateDecoder::new(rest).take(most).read_to_end(&mut out);
        }
    }
    if out.len() > limit { Err(OverLimit) } else { Ok(out) }
}

/// Lempel-Ziv-Welch with codes of 9 to 12 bits, most significant bit first.
fn lzw(data: &[u8], early: bool, limit: usize) -> Result<Vec<u8>, OverLimit> {
    const CLEAR: u32 = 256;
    const END: u32 = 257;
    let mut out: Vec<u8> = Vec::new();
    // Every entry after the first 258 is a stretch of the output: where it begins, how long it is.
    let mut table: Vec<(usize, usize)> = Vec::new();
    let mut previous: Option<(usize, usize)> = None;
    let (mut bits, mut held, mut width) = (0u32, 0u32, 9u32);
    let mut bytes = data.iter();
    loop {
        while held < width {
            let Some(byte) = bytes.next() else { return Ok(out) };
            bits = (bits << 8) | u32::from(*byte);
            held += 8;
        }
        held -= width;
        let code = (bits >> held) & ((1 << width) - 1);
        bits &= (1 << held) - 1;
        if code == END {
            return Ok(out);
        }
        if code == CLEAR {
            table.clear();
            previous = None;
            width = 9;
            continue;
        }
        let begin = out.len();
        if let Ok(byte) = u8::try_from(code) {
            out.push(byte);
        } else {
            let entry = usize::try_from(code - 258).unwrap_or(usize::MAX);
            let (from, length) = match (table.get(entry), previous) {
                (Some(&known), _) => known,
                // The entry this very code completes: the previous text and its first byte.
                (None, Some((from, length))) if entry == table.len() => (from, length + 1),
                _ => return Ok(out),
            };
            for at in from..from.saturating_add(length) {
                let Some(&byte) = out.get(at) else { return Ok(out) };
                out.push(byte);
            }
        }
        if out.len() > limit {
            return Err(OverLimit);
        }
        if let Some((from, length)) = previous
            && table.len() < 4096 - 258
        {
            table.push((from, length + 1));
        }
        previous = Some((begin, out.len() - begin));
        let next = table.len() + 258 + 1 + usize::from(early);
        width = match next {
            ..=511 => 9,
            512..=1023 => 10,
            1024..=2047 => 11,
            _ => 12,
        };
    }
}

fn ascii85(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() / 5 * 4);
    let (mut group, mut count) = (0u32, 0usize);
    for &byte in data {
        match byte {
            b'z' if count == 0 => out.extend([0; 4]),
            b'!'..=b'u' => {
                group = group.wrapping_mul(85).wrapping_add(u32::from(byte - b'!'));
                count += 1;
                if count == 5 {
                    out.extend(group.to_be_bytes());
                    (group, count) = (0, 0);
                }
            }
            b'~' => break,
            _ => {}
        }
    }
    if count > 1 {
        for _ in count..5 {
            group = group.wrapping_mul(85).wrapping_add(84);
        }
        out.extend(group.to_be_bytes().iter().take(count - 1));
    }
    out
}

fn ascii_hex(data: &[u8]) -> Vec<u8> {
    let mut digits = data
        .iter()
        .take_while(|byte| **byte != b'>')
        .filter_map(|byte| char::from(*byte).to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok());
    let mut out = Vec::with_capacity(data.len() / 2);
    while let Some(high) = digits.next() {
        out.push(high << 4 | digits.next().unwrap_or(0));
    }
    out
}

fn run_length(data: &[u8], limit: usize) -> Result<Vec<u8>, OverLimit> {
    let mut out = Vec::new();
    let mut rest = data;
    while let Some((&length, tail)) = rest.split_first() {
        match length {
            128 => break,
            ..128 => {
                let count = usize::from(length) + 1;
                out.extend(tail.iter().take(count));
                rest = tail.get(count..).unwrap_or_default();
            }
            _ => {
                let Some((&byte, tail)) = tail.split_first() else { break };
                out.extend(std::iter::repeat_n(byte, 257 - usize::from(length)));
                rest = tail;
            }
        }
        if out.len() > limit {
            return Err(OverLimit);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_filters_decode_the_examples_of_the_standard() {
        assert_eq!(ascii85(b"87cURD]i,\"Ebo80~>"), b"Hello World!");
        assert_eq!(ascii_hex(b"48 65 6C6c 6F>"), b"Hello");
        assert_eq!(run_length(&[2, b'a', b'b', b'c', 254, b'd', 128], 100), Ok(b"abcddd".to_vec()));
    }

    #[test]
    fn lzw_decodes_the_example_of_the_standard() {
        // ISO 32000-1, 7.4.4.2, example 2.
        let data = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01];
        assert_eq!(lzw(&data, true, 100), Ok(vec![45, 45, 45, 45, 45, 65, 45, 45, 45, 66]));
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        use std::io::Write;
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(&vec![0; 4_000_000]).unwrap();
        let packed = packed.finish().unwrap();
        assert_eq!(inflate(&packed, 1_000_000), Err(OverLimit));
        assert_eq!(inflate(&packed, 4_000_000).map(|out| out.len()), Ok(4_000_000));
    }
}
