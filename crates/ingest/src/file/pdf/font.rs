//! A font of a page, as far as text needs it: what its codes say and how wide they are.

use std::borrow::Cow;
use std::collections::HashMap;

use hayro_syntax::object::{Array, Dict, Name, Object, Stream};

use super::cmap::{Codes, ToUnicode};
use super::encoding::{Encoding, standard_width};
use super::filter::unpack;
use super::{glyph, program};

/// Most bytes of a font program or CMap; larger ones are done without.
const PROGRAM: usize = 12 << 20;
/// Most widths of a composite font.
const WIDTHS: usize = 70_000;

/// One shown glyph.
#[derive(Debug)]
pub struct Shown<'f> {
    /// Empty where nothing says what the glyph means.
    pub text: Cow<'f, str>,
    /// In units of the font size.
    pub advance: f64,
    /// A single byte 32, to which word spacing applies.
    pub space: bool,
}

pub struct Font {
    kind: Kind,
    to_unicode: Option<ToUnicode>,
    pub bold: bool,
    pub vertical: bool,
}

enum Kind {
    Simple {
        /// By code; empty where nothing is known.
        texts: Vec<String>,
        widths: Vec<f32>,
        first: usize,
        missing: f32,
        standard: Option<String>,
        unit: f64,
    },
    Composite {
        codes: Codes,
        glyphs: HashMap<u16, String>,
        widths: HashMap<u32, f32>,
        usual: f32,
    },
}

impl Font {
    pub fn load(dict: &Dict<'_>) -> Self {
        let to_unicode = match dict.get::<Object<'_>>(b"ToUnicode") {
            Some(Object::Stream(stream)) => data(&stream).and_then(|map| ToUnicode::parse(&map)),
            _ => None,
        };
        let name = name(dict, b"BaseFont").unwrap_or_default();
        let subtype = name_bytes(dict, b"Subtype");
        let (kind, descriptor, vertical) = if subtype == b"Type0" {
            composite(dict, to_unicode.is_some())
        } else {
            let descriptor = dict.get::<Dict<'_>>(b"FontDescriptor");
            (simple(dict, &subtype, &name, descriptor.as_ref(), to_unicode.as_ref()), descriptor, false)
        };
        Self { kind, to_unicode, bold: bold(&name, descriptor.as_ref()), vertical }
    }

    /// The glyphs a string shows.
    pub fn show(&self, bytes: &[u8], mut each: impl FnMut(Shown<'_>)) {
        match &self.kind {
            Kind::Simple { texts, widths, first, missing, standard, unit } => {
                for &byte in bytes {
                    let text = texts.get(usize::from(byte)).map_or("", String::as_str);
                    let at = usize::from(byte).checked_sub(*first);
                    let width = match (at.and_then(|at| widths.get(at)), standard) {
                        (Some(width), _) => *width,
                        (None, Some(font)) => standard_width(font, text.chars().next().unwrap_or('n')),
                        (None, None) => *missing,
                    };
                    each(Shown { text: text.into(), advance: f64::from(width) * unit, space: byte == 32 });
                }
            }
            Kind::Composite { codes, glyphs, widths, usual } => {
                let mut rest = bytes;
                while let Some(code) = codes.next(rest) {
                    let text = self.to_unicode.as_ref().and_then(|map| map.text(code.code)).or(code.text);
                    let glyph = || {
                        glyphs.get(&u16::try_from(code.cid?).ok()?).map(|text| Cow::Borrowed(text.as_str()))
                    };
                    let text = text.map(Cow::Owned).or_else(glyph).unwrap_or_default();
                    let width = match code.cid {
                        Some(cid) => widths.get(&cid).copied().unwrap_or(*usual),
                        None if text.is_ascii() => 500.0,
                        None => 1000.0,
                    };
                    let space = code.length == 1 && code.code == 32;
                    each(Shown { text, advance: f64::from(width) / 1000.0, space });
                    rest = rest.get(code.length.max(1)..).unwrap_or_default();
                }
            }
        }
    }
}

fn simple(
    dict: &Dict<'_>,
    subtype: &[u8],
    name: &str,
    descriptor: Option<&Dict<'_>>,
    to_unicode: Option<&ToUnicode>,
) -> Kind {
    let known = texts(dict, subtype, name, descriptor);
    // The font's own map goes before its encoding.
    let texts = (0..=255u8).map(|code| {
        let own = to_unicode.and_then(|map| map.text(u32::from(code)));
        own.or_else(|| known.get(&code).cloned()).unwrap_or_default()
    });
    let widths: Vec<f32> = dict
        .get::<Array<'_>>(b"Widths")
        .map(|widths| {
            widths.iter::<Object<'_>>().take(256).map(|width| number(width).unwrap_or(0.0)).collect()
        })
        .unwrap_or_default();
    let standard = widths.is_empty().then(|| family(name));
    // The glyphs of a Type 3 font have a space of their own.
    let unit = if subtype == b"Type3" {
        let matrix = dict.get::<Array<'_>>(b"FontMatrix");
        let scale = matrix.and_then(|matrix| matrix.iter::<f32>().next()).unwrap_or(0.001);
        f64::from(scale).abs()
    } else {
        0.001
    };
    Kind::Simple {
        texts: texts.collect(),
        widths,
        first: dict.get::<i32>(b"FirstChar").and_then(|first| usize::try_from(first).ok()).unwrap_or(0),
        missing: descriptor.and_then(|it| it.get::<f32>(b"MissingWidth")).unwrap_or(0.0),
        standard,
        unit,
    }
}

/// What the codes of a simple font say: its base encoding (named, built in, or usual), then its differences.
fn texts(dict: &Dict<'_>, subtype: &[u8], name: &str, descriptor: Option<&Dict<'_>>) -> HashMap<u8, String> {
    let encoding = dict.get::<Object<'_>>(b"Encoding");
    let (named, differences) = match &encoding {
        Some(Object::Name(named)) => (Encoding::named(named), None),
        Some(Object::Dict(own)) => {
            (Encoding::named(&name_bytes(own, b"BaseEncoding")), own.get::<Array<'_>>(b"Differences"))
        }
        _ => (None, None),
    };
    let mut texts = HashMap::new();
    let usual = if name.contains("Symbol") && !name.contains("Segoe") {
        Encoding::Symbol
    } else if name.contains("Dingbats") {
        Encoding::Dingbats
    } else if subtype == b"TrueType" {
        Encoding::WinAnsi
    } else {
        Encoding::Standard
    };
    if named.is_none() && subtype != b"Type3" {
        texts = builtin(descriptor);
    }
    if texts.is_empty() && subtype != b"Type3" {
        let base = named.unwrap_or(usual);
        texts.extend((32..=255).filter_map(|code| Some((code, base.char(code)?.to_string()))));
    } else if let Some(base) = named {
        texts.extend((32..=255).filter_map(|code| Some((code, base.char(code)?.to_string()))));
    }
    let mut code = 0u32;
    for item in differences.iter().flat_map(|array| array.iter::<Object<'_>>()).take(2_000) {
        match item {
            Object::Number(number) => code = u32::try_from(number.as_i64()).unwrap_or(0),
            Object::Name(glyph) => {
                if let (Ok(code), Ok(glyph)) = (u8::try_from(code), std::str::from_utf8(&glyph)) {
                    match glyph::text(glyph).or_else(|| numbered(glyph)) {
                        Some(text) => texts.insert(code, text),
                        None => texts.remove(&code),
                    };
                }
                code = code.saturating_add(1);
            }
            _ => {}
        }
    }
    texts
}

/// Names like `c65` or `char97` that old converters give glyphs after their code.
fn numbered(name: &str) -> Option<String> {
    let digits = ["char", "c", "C", "a"].iter().find_map(|prefix| name.strip_prefix(prefix))?;
    let code: u8 = digits.parse().ok()?;
    (33..127).contains(&code).then(|| char::from(code).to_string())
}

fn builtin(descriptor: Option<&Dict<'_>>) -> HashMap<u8, String> {
    let Some(descriptor) = descriptor else { return HashMap::new() };
    for (key, read) in [
        (b"FontFile".as_slice(), program::type1 as fn(&[u8]) -> HashMap<u8, String>),
        (b"FontFile3", program::compact),
        (b"FontFile2", program::true_type),
    ] {
        if let Some(program) = descriptor.get::<Stream<'_>>(key).and_then(|stream| data(&stream)) {
            return read(&program);
        }
    }
    HashMap::new()
}

fn composite<'a>(dict: &Dict<'a>, has_map: bool) -> (Kind, Option<Dict<'a>>, bool) {
    let descendant =
        dict.get::<Array<'a>>(b"DescendantFonts").and_then(|fonts| fonts.iter::<Dict<'a>>().next());
    let descendant = descendant.unwrap_or_default();
    let descriptor = descendant.get::<Dict<'a>>(b"FontDescriptor");
    let mut vertical = false;
    let codes = match dict.get::<Object<'_>>(b"Encoding") {
        Some(Object::Name(name)) => {
            vertical = name.ends_with(b"-V") || &*name == b"V";
            Codes::predefined(&name)
        }
        Some(Object::Stream(stream)) => {
            vertical = stream.dict().get::<i32>(b"WMode") == Some(1);
            data(&stream).and_then(|map| Codes::embedded(&map))
        }
        _ => None,
    };
    let codes = codes.unwrap_or(Codes::Identity);
    // A program is unpacked only where nothing else can say what the glyphs mean.
    let mapped = matches!(descendant.get::<Object<'_>>(b"CIDToGIDMap"), Some(Object::Stream(_)));
    let wanted = !has_map && !mapped && matches!(codes, Codes::Identity | Codes::Embedded(_));
    let program = descriptor.as_ref().filter(|_| wanted).and_then(|descriptor| {
        let program = descriptor.get::<Stream<'_>>(b"FontFile2");
        program.or_else(|| descriptor.get::<Stream<'_>>(b"FontFile3")).and_then(|stream| data(&stream))
    });
    let glyphs = program.map(|program| program::glyphs(&program)).unwrap_or_default();
    let (widths, usual) = if vertical {
        // Glyphs of vertical writing advance by the size, unless W2 says otherwise, which is rare.
        (HashMap::new(), 1000.0)
    } else {
        (cid_widths(&descendant), descendant.get::<f32>(b"DW").unwrap_or(1000.0))
    };
    (Kind::Composite { codes, glyphs, widths, usual }, descriptor, vertical)
}

/// The `W` array: `first [w…]` or `first last w`.
fn cid_widths(descendant: &Dict<'_>) -> HashMap<u32, f32> {
    let mut widths = HashMap::new();
    let Some(array) = descendant.get::<Array<'_>>(b"W") else { return widths };
    let mut items = array.iter::<Object<'_>>();
    while let (Some(first), Some(second)) = (items.next(), items.next()) {
        if widths.len() > WIDTHS {
            break;
        }
        let Some(first) = cid(&first) else { continue };
        if let Object::Array(list) = second {
            let list = list.iter::<Object<'_>>().take(WIDTHS);
            widths.extend((first..).zip(list).filter_map(|(cid, width)| Some((cid, number(width)?))));
        } else if let (Some(last), Some(width)) = (cid(&second), items.next().and_then(number)) {
            widths.extend((first..=last.min(first.saturating_add(0xFFFF))).map(|cid| (cid, width)));
        }
    }
    widths
}

fn cid(object: &Object<'_>) -> Option<u32> {
    match object {
        Object::Number(number) => u32::try_from(number.as_i64()).ok().filter(|cid| *cid <= 0xFFFF),
        _ => None,
    }
}

fn number(object: Object<'_>) -> Option<f32> {
    object.into_f32().filter(|number| number.is_finite())
}

fn bold(name: &str, descriptor: Option<&Dict<'_>>) -> bool {
    const FORCE_BOLD: i32 = 1 << 18;
    let name = name.to_ascii_lowercase();
    ["bold", "black", "heavy", "demi"].iter().any(|word| name.contains(word))
        || name.split(['-', '+', ',']).any(|part| part.starts_with("cmbx") || part.starts_with("sfbx"))
        || descriptor.is_some_and(|it| {
            it.get::<f32>(b"FontWeight").is_some_and(|weight| weight >= 600.0)
                || it.get::<i32>(b"Flags").is_some_and(|flags| flags & FORCE_BOLD != 0)
        })
}

fn family(name: &str) -> String {
    let stem = name.split_once('+').map_or(name, |(_, stem)| stem);
    stem.to_owned()
}

fn name_bytes(dict: &Dict<'_>, key: &[u8]) -> Vec<u8> {
    dict.get::<Name<'_>>(key).map(|name| name.to_vec()).unwrap_or_default()
}

fn name(dict: &Dict<'_>, key: &[u8]) -> Option<String> {
    Some(String::from_utf8_lossy(&dict.get::<Name<'_>>(key)?).into_owned())
}

fn data(stream: &Stream<'_>) -> Option<Vec<u8>> {
    unpack(stream, PROGRAM).ok().flatten()
}
