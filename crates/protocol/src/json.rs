//! Reads JSON into our types. It takes and refuses what `serde_json` does, and is held to it by property tests;
//! where that compiles the whole grammar anew for every type and every way to write it (an object as an array, a
//! number of another kind), this knows the one way we write, and its parts are functions that all types share.

use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IgnoredAny,
    MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::Error;

/// Values in values, as in `serde_json`.
const DEEPEST: u8 = 127;

/// Reads a text that is one value.
///
/// # Errors
/// When it is not JSON, or not of that type; the error says where.
pub fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Error> {
    let mut reader = Reader { text, at: 0, depth: 0, unescaped: String::new() };
    let value = T::deserialize(&mut reader);
    match reader.end(value.as_ref().err()) {
        None => value,
        Some(error) => Err(error),
    }
}

/// The same of bytes, which have to be UTF-8.
///
/// # Errors
/// As [`read`].
pub fn read_bytes<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => read(text),
        // What is read of it ends too early, at the place where it is no text any more.
        Err(error) => {
            let text = bytes.get(..error.valid_up_to()).unwrap_or_default();
            Err(serde_json::from_slice::<IgnoredAny>(text).err().unwrap_or_else(|| Error::custom(error)))
        }
    }
}

/// A unit enum from its name.
///
/// # Errors
/// When it has no such name.
pub fn named<T: DeserializeOwned>(name: &str) -> Result<T, Error> {
    read(&format!("\"{name}\""))
}

struct Reader<'de> {
    text: &'de str,
    at: usize,
    depth: u8,
    /// The last string with escapes.
    unescaped: String,
}

/// What a string is, once it was read.
enum Read {
    /// As it stands, between these places.
    Plain(usize, usize),
    Unescaped,
}

impl<'de> Reader<'de> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    #[cold]
    #[inline(never)]
    fn wrong(&self) -> Error {
        Error::custom("something else was expected")
    }

    /// Where it went wrong, if it did: in the text itself, or in what it says.
    #[inline(never)]
    fn end(&mut self, error: Option<&Error>) -> Option<Error> {
        if error.is_none() && self.depth == 0 && self.peek().is_none() {
            return None;
        }
        if let Err(syntax) = serde_json::from_str::<IgnoredAny>(self.text) {
            return Some(syntax);
        }
        let before = self.text.get(..self.at).unwrap_or_default();
        let line = before.split('\n').count();
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        let said = error.map_or_else(|| self.wrong().to_string(), ToString::to_string);
        Some(Error::custom(format_args!("{said} at line {line} column {column}")))
    }

    #[inline(never)]
    fn expect(&mut self, byte: u8) -> Result<(), Error> {
        if self.peek() != Some(byte) {
            return Err(self.wrong());
        }
        self.at += 1;
        Ok(())
    }

    #[inline(never)]
    fn word(&mut self, word: &str) -> Result<(), Error> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(self.wrong());
        }
        self.at += word.len();
        Ok(())
    }

    #[inline(never)]
    fn open(&mut self, bracket: u8) -> Result<(), Error> {
        self.expect(bracket)?;
        if self.depth == DEEPEST {
            return Err(self.wrong());
        }
        self.depth += 1;
        Ok(())
    }

    /// Whether another member follows; at the end the bracket is taken.
    #[inline(never)]
    fn more(&mut self, first: &mut bool, close: u8) -> Result<bool, Error> {
        let first = std::mem::replace(first, false);
        if self.peek() == Some(close) {
            self.close(close)?;
            return Ok(false);
        }
        if !first {
            self.expect(b',')?;
        }
        // A comma is followed by something, in an object by a name.
        let next = self.peek();
        if next == Some(close) || (close == b'}' && next != Some(b'"')) {
            Err(self.wrong())
        } else {
            Ok(true)
        }
    }

    #[inline(never)]
    fn close(&mut self, bracket: u8) -> Result<(), Error> {
        self.expect(bracket)?;
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }

    #[inline(never)]
    fn flag(&mut self) -> Result<bool, Error> {
        let truth = self.peek() == Some(b't');
        self.word(if truth { "true" } else { "false" })?;
        Ok(truth)
    }

    #[inline(never)]
    fn null(&mut self) -> Result<(), Error> {
        self.peek();
        self.word("null")
    }

    fn digits(&mut self) -> Result<(), Error> {
        let from = self.at;
        while self.byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == from { Err(self.wrong()) } else { Ok(()) }
    }

    /// A number as it is written, and whether it is a whole one.
    #[inline(never)]
    fn number(&mut self) -> Result<(&'de str, bool), Error> {
        self.peek();
        let from = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        // No zeros lead.
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        let mut whole = true;
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
            whole = false;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
            whole = false;
        }
        Ok((self.text.get(from..self.at).unwrap_or_default(), whole))
    }

    #[inline(never)]
    fn real(&mut self) -> Result<f64, Error> {
        let (number, _) = self.number()?;
        number.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| self.wrong())
    }

    #[inline(never)]
    fn unsigned(&mut self) -> Result<u64, Error> {
        self.number()?.0.parse().map_err(|_| self.wrong())
    }

    #[inline(never)]
    fn signed(&mut self) -> Result<i64, Error> {
        self.number()?.0.parse().map_err(|_| self.wrong())
    }

    #[inline(never)]
    fn string(&mut self) -> Result<&str, Error> {
        match self.read_string()? {
            Read::Plain(from, to) => Ok(self.text.get(from..to).unwrap_or_default()),
            Read::Unescaped => Ok(&self.unescaped),
        }
    }

    fn read_string(&mut self) -> Result<Read, Error> {
        self.expect(b'"')?;
        let begun = self.at;
        let mut from = begun;
        self.unescaped.clear();
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            self.at += plain.ok_or_else(|| self.wrong())?;
            let text = self.text.get(from..self.at).unwrap_or_default();
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    if from == begun {
                        return Ok(Read::Plain(begun, self.at - 1));
                    }
                    self.unescaped.push_str(text);
                    return Ok(Read::Unescaped);
                }
                Some(b'\\') => {
                    self.unescaped.push_str(text);
                    self.at += 1;
                    let escaped = self.escape()?;
                    self.unescaped.push(escaped);
                    from = self.at;
                }
                _ => return Err(self.wrong()),
            }
        }
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Result<char, Error> {
        let byte = self.byte();
        self.at += 1;
        Ok(match byte {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let unit = self.unit()?;
                let code = if (0xd800..0xdc00).contains(&unit) {
                    self.word("\\u")?;
                    let low = self.unit()?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(self.wrong());
                    }
                    0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                } else {
                    unit
                };
                char::from_u32(code).ok_or_else(|| self.wrong())?
            }
            _ => return Err(self.wrong()),
        })
    }

    fn unit(&mut self) -> Result<u32, Error> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).unwrap_or_default();
        let mut unit = 0;
        for digit in digits {
            unit = unit * 16 + char::from(*digit).to_digit(16).ok_or_else(|| self.wrong())?;
        }
        if digits.is_empty() {
            return Err(self.wrong());
        }
        self.at += 4;
        Ok(unit)
    }

    /// A value that nobody wants, down to where it ends.
    fn skip(&mut self) -> Result<(), Error> {
        match self.peek() {
            Some(b'"') => self.skip_string(),
            Some(b'{') => {
                let mut first = true;
                self.open(b'{')?;
                while self.more(&mut first, b'}')? {
                    self.skip_string()?;
                    self.expect(b':')?;
                    self.skip()?;
                }
                Ok(())
            }
            Some(b'[') => {
                let mut first = true;
                self.open(b'[')?;
                while self.more(&mut first, b']')? {
                    self.skip()?;
                }
                Ok(())
            }
            Some(b't' | b'f') => self.flag().map(|_| ()),
            Some(b'n') => self.null(),
            _ => self.number().map(|_| ()),
        }
    }

    /// Nobody wants to know which letters its escapes stand for.
    fn skip_string(&mut self) -> Result<(), Error> {
        self.at += 1;
        loop {
            let byte = self.byte();
            self.at += 1;
            match byte {
                Some(b'"') => return Ok(()),
                Some(b'\\') if self.byte() == Some(b'u') => {
                    self.at += 1;
                    self.unit()?;
                }
                Some(b'\\') => {
                    self.escape()?;
                }
                None | Some(0..=0x1f) => return Err(self.wrong()),
                _ => {}
            }
        }
    }
}

/// Numbers by the widest of their kind.
macro_rules! numbers {
    ($($method:ident $read:ident $visit:ident,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(self.$read()?)
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.peek() {
            Some(b'"') => self.deserialize_str(visitor),
            Some(b'{') => self.deserialize_map(visitor),
            Some(b'[') => self.deserialize_seq(visitor),
            Some(b't' | b'f') => self.deserialize_bool(visitor),
            Some(b'n') => self.deserialize_unit(visitor),
            _ => {
                let at = self.at;
                let (number, whole) = self.number()?;
                if whole && let Ok(number) = number.parse() {
                    return visitor.visit_u64(number);
                }
                // The standard library knows no negative zero among whole numbers.
                if whole
                    && number != "-0"
                    && let Ok(number) = number.parse()
                {
                    return visitor.visit_i64(number);
                }
                self.at = at;
                visitor.visit_f64(self.real()?)
            }
        }
    }

    numbers! {
        deserialize_u8 unsigned visit_u64,
        deserialize_u16 unsigned visit_u64,
        deserialize_u32 unsigned visit_u64,
        deserialize_u64 unsigned visit_u64,
        deserialize_i8 signed visit_i64,
        deserialize_i16 signed visit_i64,
        deserialize_i32 signed visit_i64,
        deserialize_i64 signed visit_i64,
        deserialize_f32 real visit_f64,
        deserialize_f64 real visit_f64,
        deserialize_bool flag visit_bool,
        deserialize_str string visit_str,
        deserialize_string string visit_str,
        deserialize_identifier string visit_str,
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.null()?;
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.peek() == Some(b'n') {
            self.null()?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.open(b'[')?;
        visitor.visit_seq(Members { reader: self, first: true })
    }

    /// Its visitor takes as many as it is long and does not look for the end.
    fn deserialize_tuple<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, Error> {
        self.open(b'[')?;
        let value = visitor.visit_seq(Members { reader: &mut *self, first: true })?;
        self.close(b']')?;
        Ok(value)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.open(b'{')?;
        visitor.visit_map(Members { reader: self, first: true })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let alone = self.peek() == Some(b'"');
        if !alone {
            self.open(b'{')?;
            self.more(&mut true, b'}')?;
        }
        visitor.visit_enum(Variant { reader: self, alone })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.skip()?;
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { char bytes byte_buf unit_struct tuple_struct }
}

/// The members of an object or an array, of which all are asked for.
struct Members<'a, 'de> {
    reader: &'a mut Reader<'de>,
    first: bool,
}

impl<'de> SeqAccess<'de> for Members<'_, 'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        if self.reader.more(&mut self.first, b']')? {
            seed.deserialize(&mut *self.reader).map(Some)
        } else {
            Ok(None)
        }
    }
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        if self.reader.more(&mut self.first, b'}')? {
            seed.deserialize(&mut *self.reader).map(Some)
        } else {
            Ok(None)
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        self.reader.expect(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

/// A variant: its name alone, or an object of its name and what it holds.
struct Variant<'a, 'de> {
    reader: &'a mut Reader<'de>,
    alone: bool,
}

impl Variant<'_, '_> {
    fn colon(&mut self) -> Result<(), Error> {
        if self.alone { Err(self.reader.wrong()) } else { self.reader.expect(b':') }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let variant = seed.deserialize(&mut *self.reader)?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Error;

    fn unit_variant(mut self) -> Result<(), Error> {
        if self.alone {
            return Ok(());
        }
        self.colon()?;
        self.reader.null()?;
        self.reader.close(b'}')
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(mut self, seed: S) -> Result<S::Value, Error> {
        self.colon()?;
        let value = seed.deserialize(&mut *self.reader)?;
        self.reader.close(b'}')?;
        Ok(value)
    }

    fn tuple_variant<V: Visitor<'de>>(mut self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.colon()?;
        let value = self.reader.deserialize_tuple(length, visitor)?;
        self.reader.close(b'}')?;
        Ok(value)
    }

    fn struct_variant<V: Visitor<'de>>(
        mut self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.colon()?;
        let value = self.reader.deserialize_map(visitor)?;
        self.reader.close(b'}')?;
        Ok(value)
    }
}
