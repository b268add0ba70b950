//! Randomness from the runtime's cryptographic source.

use crate::clock;

/// Random bytes.
///
/// # Panics
/// Never on Workers: the runtime's source does not fail inside a request.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if getrandom::fill(&mut bytes).is_err() {
        // Without randomness nothing secret may be made: stop this isolate rather than go on guessably.
        wasm_bindgen::throw_str("no randomness");
    }
    bytes
}

/// Makes a time-ordered id: `random::id(AgentId::ordered)`.
pub fn id<I>(make: fn(u64, [u8; 10]) -> I) -> I {
    make(clock::now(), bytes())
}

/// An unguessable key of 16 hexadecimal digits.
#[must_use]
pub fn key() -> String {
    bytes::<8>().iter().map(|byte| format!("{byte:02x}")).collect()
}
