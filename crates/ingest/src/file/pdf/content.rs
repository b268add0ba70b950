//! Runs content streams (ISO 32000-1, sections 7.8, 9.4) for the text they show and where. Nothing is drawn.

use std::collections::HashMap;
use std::rc::Rc;

use hayro_syntax::content::UntypedIter;
use hayro_syntax::object::{Array, Dict, Name, Object, ObjectIdentifier, Rect, Stream};
use hayro_syntax::page::{Page, Resources};

use super::filter::{OverLimit, unpack};
use super::font::Font;
use super::matrix::Matrix;
use super::metadata::decode;
use super::piece::{Piece, Pieces, Place};

/// Most bytes the content of one page or form unpacks to.
const CONTENT: usize = 32 << 20;
/// Most bytes of content run for one file, forms counted each time they are shown.
const WORK: usize = 400 << 20;
/// Most pieces on a page.
const PIECES: usize = 400_000;
/// Forms in forms.
const DEPTH: usize = 12;
const STATES: usize = 256;

/// What all pages share.
pub struct Interpreter {
    fonts: HashMap<ObjectIdentifier, Rc<Font>>,
    work: usize,
}

/// What one page shows.
#[derive(Debug, Default)]
pub struct Shown {
    pub pieces: Vec<Piece>,
    /// How much of the page the largest picture covers, from 0 to 1; `None` if there is none.
    pub picture: Option<f64>,
}

impl Interpreter {
    pub fn new() -> Self {
        Self { fonts: HashMap::new(), work: WORK }
    }

    pub fn page(&mut self, page: &Page<'_>) -> Result<Shown, OverLimit> {
        let area = page.media_box();
        let mut run = Run { shared: self, pieces: Pieces::default(), picture: None, forms: Vec::new(), area };
        let content = contents(page.raw())?;
        run.stream(&content, page.resources(), Matrix::IDENTITY)?;
        drop(content);
        run.annotations(page.raw())?;
        Ok(Shown { picture: run.picture, pieces: run.pieces.finish() })
    }
}

/// The content streams of a page, one after the other.
fn contents(page: &Dict<'_>) -> Result<Vec<u8>, OverLimit> {
    if let Some(stream) = page.get::<Stream<'_>>(b"Contents") {
        return Ok(unpack(&stream, CONTENT)?.unwrap_or_default());
    }
    let mut all = Vec::new();
    for stream in page.get::<Array<'_>>(b"Contents").iter().flat_map(|array| array.iter::<Stream<'_>>()) {
        let part = unpack(&stream, CONTENT)?.unwrap_or_default();
        if all.len() + part.len() > CONTENT {
            return Err(OverLimit);
        }
        all.extend(part);
        all.push(b'\n');
    }
    Ok(all)
}

#[derive(Clone)]
struct State {
    ctm: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    character_spacing: f64,
    word_spacing: f64,
    scaling: f64,
    leading: f64,
    rise: f64,
}

/// Text that stands for what is shown in a marked stretch (`ActualText`).
enum Instead {
    No,
    /// Not placed yet.
    Text(String),
    Placed,
}

pub(super) struct Run<'i> {
    shared: &'i mut Interpreter,
    pub(super) pieces: Pieces,
    picture: Option<f64>,
    /// The forms around what is running.
    forms: Vec<ObjectIdentifier>,
    area: Rect,
}

struct Text {
    matrix: Matrix,
    line: Matrix,
}

impl Run<'_> {
    fn stream(&mut self, content: &[u8], resources: &Resources<'_>, ctm: Matrix) -> Result<(), OverLimit> {
        self.shared.work = self.shared.work.checked_sub(content.len() + 1_000).ok_or(OverLimit)?;
        let mut state = State {
            ctm,
            font: None,
            size: 0.0,
            character_spacing: 0.0,
            word_spacing: 0.0,
            scaling: 1.0,
            leading: 0.0,
            rise: 0.0,
        };
        let mut states: Vec<State> = Vec::new();
        let mut text = Text { matrix: Matrix::IDENTITY, line: Matrix::IDENTITY };
        let mut marks: Vec<Instead> = Vec::new();
        let mut instructions = UntypedIter::new(content);
        while let Some(instruction) = instructions.next() {
            let operands = || instruction.operands();
            let number = |at: usize| operands().nth(at).and_then(as_number).unwrap_or(0.0);
            let matrix = || Matrix([number(0), number(1), number(2), number(3), number(4), number(5)]);
            match &**instruction.operator {
                b"q" if states.len() < STATES => states.push(state.clone()),
                b"Q" => {
                    if let Some(saved) = states.pop() {
                        state = saved;
                    }
                }
                b"cm" => state.ctm = matrix().then(state.ctm),
                b"BT" => text = Text { matrix: Matrix::IDENTITY, line: Matrix::IDENTITY },
                b"Tf" => {
                    if let Some(Object::Name(name)) = operands().next() {
                        state.font = self.font(resources, name);
                    }
                    state.size = number(1);
                }
                b"Tc" => state.character_spacing = number(0),
                b"Tw" => state.word_spacing = number(0),
                b"Tz" => state.scaling = number(0) / 100.0,
                b"TL" => state.leading = number(0),
                b"Ts" => state.rise = number(0),
                b"Td" => text.next_line(number(0), number(1)),
                b"TD" => {
                    state.leading = -number(1);
                    text.next_line(number(0), number(1));
                }
                b"Tm" => {
                    text.line = matrix();
                    text.matrix = text.line;
                }
                b"T*" => text.next_line(0.0, -state.leading),
                b"Tj" => {
                    if let Some(Object::String(string)) = operands().next() {
                        self.show(string.as_bytes(), &state, &mut text, &mut marks);
                    }
                }
                b"'" | b"\"" => {
                    if &**instruction.operator == b"\"" {
                        state.word_spacing = number(0);
                        state.character_spacing = number(1);
                    }
                    text.next_line(0.0, -state.leading);
                    if let Some(Object::String(string)) = operands().last() {
                        self.show(string.as_bytes(), &state, &mut text, &mut marks);
                    }
                }
                b"TJ" => {
                    if let Some(Object::Array(array)) = operands().next() {
                        self.show_array(array, &state, &mut text, &mut marks);
                    }
                }
                b"Do" => {
                    if let Some(Object::Name(name)) = operands().next()
                        && let Some(stream) = resources.get_x_object(name)
                    {
                        self.object(&stream, resources, state.ctm)?;
                    }
                }
                b"BI" => self.saw_picture(state.ctm),
                b"gs" => {
                    if let Some(Object::Name(name)) = operands().next()
                        && let Some(font) =
                            resources.get_ext_g_state(name).and_then(|it| it.get::<Array<'_>>(b"Font"))
                        && let Some(dict) = font.iter::<Dict<'_>>().next()
                    {
                        state.font = Some(self.load(&dict));
                        state.size = font
                            .iter::<Object<'_>>()
                            .nth(1)
                            .and_then(Object::into_f32)
                            .map_or(0.0, f64::from);
                    }
                }
                b"BMC" | b"BDC" if marks.len() < STATES => {
                    marks.push(actual_text(operands().nth(1), resources));
                }
                b"EMC" => {
                    marks.pop();
                }
                _ => {}
            }
            if self.pieces.len() > PIECES {
                return Err(OverLimit);
            }
        }
        Ok(())
    }

    fn show_array(&mut self, array: &Array<'_>, state: &State, text: &mut Text, marks: &mut [Instead]) {
        for item in array.iter::<Object<'_>>() {
            match item {
                Object::String(string) => self.show(string.as_bytes(), state, text, marks),
                Object::Number(number) => {
                    let back = -number.as_f64() / 1000.0 * state.size;
                    if state.font.as_ref().is_some_and(|font| font.vertical) {
                        text.advance(0.0, back);
                    } else {
                        text.advance(back * state.scaling, 0.0);
                    }
                }
                _ => {}
            }
        }
    }

    fn show(&mut self, bytes: &[u8], state: &State, text: &mut Text, marks: &mut [Instead]) {
        let Some(font) = state.font.clone() else { return };
        let area = self.area;
        font.show(bytes, |glyph| {
            let spacing = state.character_spacing + if glyph.space { state.word_spacing } else { 0.0 };
            let width = glyph.advance * state.size;
            let (dx, dy) = if font.vertical {
                (0.0, -(width + spacing))
            } else {
                ((width + spacing) * state.scaling, 0.0)
            };
            let placed = text.matrix.then(state.ctm);
            text.advance(dx, dy);
            if !placed.is_finite() {
                return;
            }
            // Letter spacing belongs to the glyph: spaced-out words stay words.
            let own = width + state.character_spacing.clamp(0.0, 0.5 * state.size.abs());
            let (wx, wy) = if font.vertical { (0.0, -own) } else { (own * state.scaling, 0.0) };
            let from = placed.apply(0.0, state.rise);
            let up = placed.direction(0.0, state.size);
            let size = up.0.hypot(up.1);
            let along = if font.vertical {
                placed.direction(0.0, -1.0)
            } else {
                // Negative sizes and scalings mirror the text; it still reads along its advance.
                placed.direction(if wx < 0.0 { -1.0 } else { 1.0 }, 0.0)
            };
            let to = placed.apply(wx, state.rise + wy);
            let margin = 2.0 * size;
            if from.0 < area.x0 - margin
                || from.0 > area.x1 + margin
                || from.1 < area.y0 - margin
                || from.1 > area.y1 + margin
            {
                return;
            }
            let place = Place { from, to, along, size, bold: font.bold };
            match marks.iter_mut().find(|mark| !matches!(mark, Instead::No)) {
                Some(mark) => {
                    if let Instead::Text(instead) = std::mem::replace(mark, Instead::Placed) {
                        self.pieces.show(&instead, &place);
                    }
                }
                None => self.pieces.show(&glyph.text, &place),
            }
        });
    }

    fn object(&mut self, stream: &Stream<'_>, around: &Resources<'_>, ctm: Matrix) -> Result<(), OverLimit> {
        let dict = stream.dict();
        let kind = dict.get::<Name<'_>>(b"Subtype");
        match kind.as_deref() {
            Some(b"Image") => self.saw_picture(ctm),
            Some(b"Form") => return self.form(stream, around, ctm),
            _ => {}
        }
        Ok(())
    }

    /// A picture fills the unit square of its coordinates. It is not unpacked.
    fn saw_picture(&mut self, ctm: Matrix) {
        let [a, b, c, d, ..] = ctm.0;
        let page = (self.area.x1 - self.area.x0) * (self.area.y1 - self.area.y0);
        let covered = ((a * d - b * c).abs() / page.max(1.0)).min(1.0);
        self.picture = Some(self.picture.unwrap_or(0.0).max(covered));
    }

    pub(super) fn form(
        &mut self,
        stream: &Stream<'_>,
        around: &Resources<'_>,
        ctm: Matrix,
    ) -> Result<(), OverLimit> {
        let id = stream.obj_id();
        if self.forms.len() >= DEPTH || self.forms.contains(&id) {
            return Ok(());
        }
        let own = stream.dict().get::<Dict<'_>>(b"Resources").map(Resources::new);
        let matrix = matrix_of(stream.dict()).then(ctm);
        if let Some(content) = unpack(stream, CONTENT)? {
            self.forms.push(id);
            self.stream(&content, own.as_ref().unwrap_or(around), matrix)?;
            self.forms.pop();
        }
        Ok(())
    }

    fn font(&mut self, resources: &Resources<'_>, name: &Name<'_>) -> Option<Rc<Font>> {
        // A known font is found by its reference, without reading its dictionary again.
        if let Some(id) = resources.fonts.get_ref(&**name)
            && let Some(font) = self.shared.fonts.get(&ObjectIdentifier::from(id))
        {
            return Some(Rc::clone(font));
        }
        resources.get_font(name).map(|dict| self.load(&dict))
    }

    fn load(&mut self, dict: &Dict<'_>) -> Rc<Font> {
        let Some(id) = dict.obj_id() else { return Rc::new(Font::load(dict)) };
        if let Some(font) = self.shared.fonts.get(&id) {
            return Rc::clone(font);
        }
        let font = Rc::new(Font::load(dict));
        self.shared.fonts.insert(id, Rc::clone(&font));
        font
    }
}

impl Text {
    fn next_line(&mut self, x: f64, y: f64) {
        self.line = Matrix::translate(x, y).then(self.line);
        self.matrix = self.line;
    }

    fn advance(&mut self, x: f64, y: f64) {
        self.matrix = Matrix::translate(x, y).then(self.matrix);
    }
}

fn as_number(object: &Object<'_>) -> Option<f64> {
    match object {
        Object::Number(number) => Some(number.as_f64()).filter(|number| number.is_finite()),
        _ => None,
    }
}

fn actual_text(properties: Option<&Object<'_>>, resources: &Resources<'_>) -> Instead {
    let properties = match properties {
        Some(Object::Dict(dict)) => Some(dict.clone()),
        Some(Object::Name(name)) => resources.properties.get::<Dict<'_>>(&**name),
        _ => None,
    };
    let text =
        properties.and_then(|dict| dict.get::<Object<'_>>(b"ActualText")).and_then(Object::into_string);
    text.map_or(Instead::No, |text| Instead::Text(decode(text.as_bytes())))
}

pub(super) fn matrix_of(form: &Dict<'_>) -> Matrix {
    let numbers: Vec<f64> = form
        .get::<Array<'_>>(b"Matrix")
        .map(|array| array.iter::<f32>().take(6).map(f64::from).collect())
        .unwrap_or_default();
    <[f64; 6]>::try_from(numbers).map_or(Matrix::IDENTITY, Matrix)
}
