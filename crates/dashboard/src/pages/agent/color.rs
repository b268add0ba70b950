//! Colours as members type them, and whether text on them can be read (WCAG 2.2, 1.4.3).

type Rgb = [u8; 3];

/// What body text needs.
pub(crate) const ENOUGH: f64 = 4.5;

/// `#rrggbb`, nothing else.
pub(crate) fn parse(text: &str) -> Option<Rgb> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    Some([part(0)?, part(2)?, part(4)?])
}

/// What a person may have typed: with or without `#`, three digits or six.
pub(crate) fn complete(typed: &str) -> Option<String> {
    let digits = typed.trim().trim_start_matches('#').to_ascii_lowercase();
    let full = if digits.chars().count() == 3 {
        digits.chars().flat_map(|digit| [digit, digit]).collect()
    } else {
        digits
    };
    let hex = format!("#{full}");
    parse(&hex).map(|_| hex)
}

/// Relative luminance, 0 to 1.
fn luminance(rgb: Rgb) -> f64 {
    let [r, g, b] = rgb.map(|channel| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// How well white and black text stand out from a colour, 1 to 21.
pub(crate) fn contrast(rgb: Rgb) -> (f64, f64) {
    let own = luminance(rgb) + 0.05;
    (1.05 / own, own / 0.05)
}

/// The same hue, as little darker as makes white text legible.
pub(crate) fn nearest_for_white(rgb: Rgb) -> String {
    let dark = (0..=200)
        .map(|step| rgb.map(|channel| (f64::from(channel) * (1.0 - f64::from(step) / 200.0)).floor() as u8))
        .find(|rgb| contrast(*rgb).0 >= ENOUGH)
        .unwrap_or([0, 0, 0]);
    format!("#{:02x}{:02x}{:02x}", dark[0], dark[1], dark[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        let (white, black) = contrast([255, 255, 255]);
        assert!((white - 1.0).abs() < 1e-9 && (black - 21.0).abs() < 1e-9);
        // #767676 is the lightest grey that white text may stand on.
        assert!(contrast([0x76; 3]).0 >= ENOUGH && contrast([0x77; 3]).0 < ENOUGH);
    }

    #[test]
    fn the_nearest_colour_passes_and_is_near() {
        let fixed = nearest_for_white([0x77; 3]);
        assert_eq!(fixed, "#767676");
        assert!(contrast(parse(&nearest_for_white([255, 204, 0])).unwrap()).0 >= ENOUGH);
        assert_eq!(nearest_for_white([0, 0, 120]), "#000078");
    }

    #[test]
    fn a_short_or_bare_colour_is_completed() {
        assert_eq!(complete("1F5EFF").as_deref(), Some("#1f5eff"));
        assert_eq!(complete(" #abc").as_deref(), Some("#aabbcc"));
        assert_eq!(complete("blue"), None);
        assert_eq!(parse("#1f5ef"), None);
    }
}
