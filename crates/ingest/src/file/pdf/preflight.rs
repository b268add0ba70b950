//! Before the library opens a file: what its tables would unpack to.
//!
//! Cross-reference and object streams are unpacked by the library as a whole, and stay. Their size is counted
//! here first, in constant memory, so that a file made to burst the Worker is refused instead.

use std::io::Read;

use flate2::read::ZlibDecoder;

/// Bytes a dictionary before `stream` may have to be recognised.
const DICTIONARY: usize = 2_000;

/// Whether the object and cross-reference streams together stay within the limit.
pub fn tables_fit(bytes: &[u8], limit: u64) -> bool {
    let mut left = limit;
    for at in keyword(bytes) {
        let before = bytes.get(at.saturating_sub(DICTIONARY)..at).unwrap_or_default();
        let dictionary =
            before.windows(3).rposition(|three| three == b"obj").and_then(|from| before.get(from..));
        // A name may hide behind `#` escapes; such a stream counts as well.
        let table = dictionary.is_some_and(|dictionary| {
            has(dictionary, b"/ObjStm") || has(dictionary, b"/XRef") || dictionary.contains(&b'#')
        });
        if !table {
            continue;
        }
        let data = bytes.get(at + b"stream".len()..).unwrap_or_default();
        let data = data.strip_prefix(b"\r").unwrap_or(data);
        let data = data.strip_prefix(b"\n").unwrap_or(data);
        let mut unpacked = ZlibDecoder::new(data).take(left);
        // Damage ends the count as it ends the library's unpacking.
        let _ = std::io::copy(&mut unpacked, &mut std::io::sink());
        left = unpacked.limit();
        if left == 0 {
            return false;
        }
    }
    true
}

/// Where `stream` stands that is not part of `endstream`.
fn keyword(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = bytes.get(from..)?;
            let found = from + rest.iter().position(|byte| *byte == b's')?;
            from = found + 1;
            let here = bytes.get(found..)?.starts_with(b"stream");
            let end = bytes.get(..found).is_some_and(|before| before.ends_with(b"end"));
            if here && !end {
                return Some(found);
            }
        }
    })
}

fn has(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|here| here == needle)
}
