//! `styles.xml` and `numbering.xml`: which styles are headings, how lists count.

use std::collections::HashMap;

use super::xml::{Tag, Visit};

/// Styles that build on styles.
const CHAIN: usize = 16;

#[derive(Debug, Default, Clone)]
struct Style {
    name: String,
    based_on: Option<String>,
    outline: Option<i64>,
    list: Option<String>,
    level: Option<i64>,
}

/// The styles of a document.
#[derive(Debug, Default)]
pub struct Styles {
    by_id: HashMap<String, Style>,
    current: Option<(String, Style)>,
    /// The language of text that names none.
    pub language: Option<String>,
    defaults: bool,
    /// The style of paragraphs that name none.
    usual: Option<String>,
}

/// What a style makes of a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Body,
    /// 1 to 6.
    Heading(u8),
    Title,
    Quote,
}

impl Styles {
    fn chain(&self, id: &str) -> impl Iterator<Item = &Style> {
        let mut next = self.by_id.get(id);
        std::iter::from_fn(move || {
            let style = next?;
            next = style.based_on.as_ref().and_then(|id| self.by_id.get(id));
            Some(style)
        })
        .take(CHAIN)
    }

    pub fn role(&self, id: Option<&str>) -> Role {
        let Some(id) = id.or(self.usual.as_deref()) else { return Role::Body };
        // A document without styles.xml still names them.
        let bare = Style { name: id.to_owned(), ..Style::default() };
        let unknown = !self.by_id.contains_key(id);
        for style in self.chain(id).chain(unknown.then_some(&bare)) {
            let name = style.name.to_ascii_lowercase();
            if let Some(level) =
                name.strip_prefix("heading").and_then(|level| level.trim().parse::<u8>().ok())
            {
                return Role::Heading(level.clamp(1, 6));
            }
            match name.as_str() {
                "title" => return Role::Title,
                "subtitle" => return Role::Heading(2),
                "quote" | "intense quote" => return Role::Quote,
                _ => {}
            }
            if let Some(level) = style.outline {
                return outline(level);
            }
        }
        Role::Body
    }

    /// The list a style belongs to, and its level there.
    pub fn list(&self, id: Option<&str>) -> Option<(String, i64)> {
        let id = id.or(self.usual.as_deref())?;
        let list = self.chain(id).find_map(|style| style.list.clone())?;
        Some((list, self.chain(id).find_map(|style| style.level).unwrap_or(0)))
    }
}

/// Outline levels 0 to 8 are headings, 9 is body text.
pub fn outline(level: i64) -> Role {
    match u8::try_from(level) {
        Ok(level @ 0..=8) => Role::Heading((level + 1).min(6)),
        _ => Role::Body,
    }
}

impl Visit for Styles {
    fn start(&mut self, name: &str, tag: &Tag<'_>) {
        let value = || tag.get("val");
        match (name, &mut self.current) {
            ("style", _) => {
                let id = tag.get("styleId").unwrap_or_default();
                let usual = tag.get("default").is_some_and(|it| it == "1" || it == "true");
                if usual && tag.get("type").as_deref() == Some("paragraph") {
                    self.usual = Some(id.clone());
                }
                self.current = Some((id, Style::default()));
            }
            ("docDefaults", _) => self.defaults = true,
            ("lang", None) if self.defaults => self.language = value(),
            ("name", Some((_, style))) => style.name = value().unwrap_or_default(),
            ("basedOn", Some((_, style))) => style.based_on = value(),
            ("outlineLvl", Some((_, style))) => style.outline = tag.number("val"),
            ("numId", Some((_, style))) => style.list = value(),
            ("ilvl", Some((_, style))) => style.level = tag.number("val"),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "docDefaults" => self.defaults = false,
            "style" => self.by_id.extend(self.current.take()),
            _ => {}
        }
    }
}

#[derive(Debug, Default, Clone)]
struct Level {
    format: String,
    start: i64,
    text: String,
}

/// The lists of a document, and how far each has counted.
#[derive(Debug, Default)]
pub struct Numbering {
    /// Definitions by their id, levels by theirs.
    definitions: HashMap<String, HashMap<i64, Level>>,
    /// Which definition a list follows.
    lists: HashMap<String, String>,
    /// What lists change of their definition.
    overrides: HashMap<(String, i64), Level>,
    restarts: HashMap<(String, i64), i64>,
    counters: HashMap<(String, i64), i64>,
    definition: Option<String>,
    list: Option<String>,
    level: Option<i64>,
}

/// What stands before a paragraph of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct Label {
    /// `None` for bullets.
    pub number: Option<u32>,
    /// As it is printed, of a heading: `2.1`.
    pub text: String,
    pub depth: u8,
}

impl Numbering {
    fn level(&self, list: &str, level: i64) -> Option<&Level> {
        let own = self.overrides.get(&(list.to_owned(), level)).filter(|level| !level.format.is_empty());
        own.or_else(|| self.definitions.get(self.lists.get(list)?)?.get(&level))
    }

    /// Counts a paragraph of a list.
    pub fn next(&mut self, list: &str, level: i64) -> Option<Label> {
        let level = level.clamp(0, 8);
        let definition = self.lists.get(list)?.clone();
        let format = self.level(list, level).map_or("bullet", |it| it.format.as_str()).to_owned();
        let depth = u8::try_from(level).unwrap_or(0);
        if matches!(format.as_str(), "bullet" | "none" | "") {
            return Some(Label { number: None, text: String::new(), depth });
        }
        // Lists that follow one definition count on, unless one says where it begins.
        let restart = self.restarts.remove(&(list.to_owned(), level));
        let start = self.level(list, level).map_or(1, |it| it.start);
        let counter = self.counters.entry((definition.clone(), level)).or_insert(start - 1);
        *counter = restart.unwrap_or(*counter + 1);
        let number = u32::try_from(*counter).ok();
        self.counters.retain(|(of, at), _| *of != definition || *at <= level);
        Some(Label { number, text: self.label(list, &definition, level), depth })
    }

    /// `%1.%2` with the numbers of the levels in their places.
    fn label(&self, list: &str, definition: &str, level: i64) -> String {
        let Some(pattern) = self.level(list, level).map(|it| it.text.clone()) else { return String::new() };
        (0..=level).fold(pattern, |text, at| {
            let key = (definition.to_owned(), at);
            let number = self.counters.get(&key).copied();
            let own = self.level(list, at);
            let number = number.unwrap_or_else(|| own.map_or(1, |it| it.start));
            text.replace(&format!("%{}", at + 1), &printed(number, own.map_or("", |it| it.format.as_str())))
        })
    }
}

fn printed(number: i64, format: &str) -> String {
    let letter = || {
        let at = u32::try_from((number - 1).rem_euclid(26)).unwrap_or(0);
        char::from_u32(u32::from('a') + at).map_or(String::new(), String::from)
    };
    match format {
        "lowerLetter" => letter(),
        "upperLetter" => letter().to_uppercase(),
        "lowerRoman" => roman(number).to_lowercase(),
        "upperRoman" => roman(number),
        "bullet" | "none" => String::new(),
        _ => number.to_string(),
    }
}

fn roman(number: i64) -> String {
    const SIGNS: [(i64, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut left = number.clamp(0, 3_999);
    let mut out = String::new();
    for (value, sign) in SIGNS {
        while left >= value {
            out.push_str(sign);
            left -= value;
        }
    }
    out
}

impl Visit for Numbering {
    fn start(&mut self, name: &str, tag: &Tag<'_>) {
        let value = || tag.get("val").unwrap_or_default();
        match name {
            "abstractNum" => self.definition = tag.get("abstractNumId"),
            "num" => self.list = tag.get("numId"),
            "abstractNumId" => {
                if let Some(list) = &self.list {
                    self.lists.insert(list.clone(), value());
                }
            }
            "lvl" | "lvlOverride" => self.level = tag.number("ilvl"),
            "startOverride" => {
                if let (Some(list), Some(level), Some(start)) = (&self.list, self.level, tag.number("val")) {
                    self.restarts.insert((list.clone(), level), start);
                }
            }
            "numFmt" | "start" | "lvlText" => {
                let Some(at) = self.level else { return };
                let level = match (&self.list, &self.definition) {
                    (Some(list), _) => self.overrides.entry((list.clone(), at)).or_default(),
                    (None, Some(definition)) => {
                        self.definitions.entry(definition.clone()).or_default().entry(at).or_default()
                    }
                    _ => return,
                };
                match name {
                    "numFmt" => level.format = value(),
                    "start" => level.start = tag.number("val").unwrap_or(1).clamp(0, 1_000_000),
                    _ => level.text = value(),
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "abstractNum" => self.definition = None,
            "num" => self.list = None,
            "lvlOverride" => self.level = None,
            _ => {}
        }
    }
}
