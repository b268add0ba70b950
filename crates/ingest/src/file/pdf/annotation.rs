//! Text of annotations: filled-in forms, free text.

use hayro_syntax::object::{Array, Dict, Name, Object, Rect, Stream};
use hayro_syntax::page::Resources;

use super::content::{Run, matrix_of};
use super::filter::OverLimit;
use super::matrix::Matrix;
use super::metadata::decode;
use super::piece::Place;

/// Most annotations of a page.
const ANNOTATIONS: usize = 5_000;

impl Run<'_> {
    /// Filled-in forms and free text are shown by the appearance of annotations (section 12.5.5).
    pub(super) fn annotations(&mut self, page: &Dict<'_>) -> Result<(), OverLimit> {
        const HIDDEN: i32 = 2 | 32;
        let Some(annotations) = page.get::<Array<'_>>(b"Annots") else { return Ok(()) };
        for annotation in annotations.iter::<Dict<'_>>().take(ANNOTATIONS) {
            let hidden = annotation.get::<i32>(b"F").is_some_and(|flags| flags & HIDDEN != 0);
            let popup = annotation.get::<Name<'_>>(b"Subtype").is_some_and(|kind| &*kind == b"Popup");
            let appearance = annotation.get::<Dict<'_>>(b"AP").and_then(|it| it.get::<Object<'_>>(b"N"));
            let stream = match appearance {
                Some(Object::Stream(stream)) => Some(stream),
                Some(Object::Dict(states)) => {
                    annotation.get::<Name<'_>>(b"AS").and_then(|state| states.get::<Stream<'_>>(&*state))
                }
                _ => None,
            };
            let Some(place) = annotation.get::<Rect>(b"Rect").filter(|_| !hidden && !popup) else { continue };
            match stream {
                Some(stream) => {
                    let fit = fit(stream.dict(), place);
                    self.form(&stream, &Resources::new(Dict::empty()), fit)?;
                }
                None => self.field(&annotation, place),
            }
        }
        Ok(())
    }

    /// A filled-in field without an appearance: viewers draw its value.
    fn field(&mut self, annotation: &Dict<'_>, place: Rect) {
        let parent = annotation.get::<Dict<'_>>(b"Parent").unwrap_or_default();
        let value = annotation.get::<Object<'_>>(b"V").or_else(|| parent.get::<Object<'_>>(b"V"));
        let Some(value) = value.and_then(Object::into_string) else { return };
        let size = ((place.y1 - place.y0) * 0.7).clamp(4.0, 12.0);
        // Word by word, in about the widths of Helvetica.
        let mut x = place.x0;
        for word in decode(value.as_bytes()).split_whitespace().take(1_000) {
            #[allow(clippy::cast_precision_loss, reason = "the length of a word")]
            let width = word.chars().count() as f64 * 0.5 * size;
            let y = place.y0 + 0.2 * size;
            let (from, to) = ((x, y), (x + width, y));
            self.pieces.show(word, &Place { from, to, along: (1.0, 0.0), size, bold: false });
            x += width + 0.3 * size;
        }
    }
}

/// What brings the (transformed) box of an appearance onto the annotation's rectangle.
fn fit(form: &Dict<'_>, place: Rect) -> Matrix {
    let Some(inner) = form.get::<Rect>(b"BBox") else { return Matrix::translate(place.x0, place.y0) };
    let matrix = matrix_of(form);
    let corners = [(inner.x0, inner.y0), (inner.x0, inner.y1), (inner.x1, inner.y0), (inner.x1, inner.y1)]
        .map(|(x, y)| matrix.apply(x, y));
    let least = |pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).fold(f64::INFINITY, f64::min);
    let most = |pick: fn(&(f64, f64)) -> f64| corners.iter().map(pick).fold(f64::NEG_INFINITY, f64::max);
    let (x0, y0, x1, y1) = (least(|c| c.0), least(|c| c.1), most(|c| c.0), most(|c| c.1));
    let scale = |inner: f64, outer: f64| if inner > 1e-6 { outer / inner } else { 1.0 };
    let (sx, sy) = (scale(x1 - x0, place.x1 - place.x0), scale(y1 - y0, place.y1 - place.y0));
    Matrix([sx, 0.0, 0.0, sy, place.x0 - x0 * sx, place.y0 - y0 * sy])
}
