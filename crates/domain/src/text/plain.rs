//! Characters and the plain ones they stand for: letters with diacritics, wide and narrow forms, the shapes that
//! PDF files keep of Arabic and Hebrew letters. An extract of Unicode's compatibility and canonical
//! decompositions for the scripts of our nine languages; the whole tables would cost 80 KB of the front Worker.

/// U+00C0 to U+024F, without diacritics, in lower case.
#[rustfmt::skip]
const LATIN: &str = "aaaaaaæceeeeiiiiðnooooo×øuuuuyþßaaaaaaæceeeeiiiiðnooooo÷øuuuuyþyaaaaaaccccccccddđđeeeeeeeeeegggggggg\
    hhħħiiiiiiiiiıĳĳjjkkĸllllllŀŀłłnnnnnnŉŋŋooooooœœrrrrrrssssssssttttŧŧuuuuuuuuuuuuwwyyyzzzzzzsƀɓƃƃƅƅɔƈ\
    ƈɖɗƌƌƍǝəɛƒƒɠɣƕɩɨƙƙƚƛɯɲƞɵooƣƣƥƥʀƨƨʃƪƫƭƭʈuuʊʋƴƴƶƶʒƹƹƺƻƽƽƾƿǀǁǂǃǆǆǆǉǉǉǌǌǌaaiioouuuuuuuuuuǝaaaaææǥǥggkkoo\
    ooʒʒjǳǳǳggƕƿnnaaææøøaaaaeeeeiiiioooorrrruuuussttȝȝhhƞȡȣȣȥȥaaeeooooooooyyȴȵȶȷȸȹⱥȼȼƚⱦȿɀɂɂƀʉʌɇɇɉɉɋɋɍɍɏɏ";
/// U+1E00 to U+1EFF, likewise.
#[rustfmt::skip]
const LATIN_ADDITIONAL: &str = "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrrssss\
    ssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwyẚsẜẝßẟaaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeee\
    iiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyyỻỻỽỽỿỿ";
/// U+FE80 to U+FEF4: Arabic letters by their place in a word.
#[rustfmt::skip]
const ARABIC_SHAPES: &str = "ءآآأأؤؤإإئئئئااببببةةتتتتثثثثججججححححخخخخددذذررززسسسسششششصصصصضضضضططططظظظظععععغغغغففففققققككككللللممم\
    مننننههههووىىيييي";
/// U+FB1D to U+FB4F: Hebrew letters with points.
#[rustfmt::skip]
const HEBREW_SHAPES: &str = "י-ײעאדהכלםרת+ששששאאאבגדהוז﬷טיךכל﬽מ﬿נס﭂ףפ﭅צקרשתובכפא";
/// U+FF61 to U+FF9D.
#[rustfmt::skip]
const NARROW_KANA: &str = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン";

/// The plain character for one that only looks different, in lower case where it is Latin.
pub(super) fn plain(c: char) -> char {
    let in_table = |table: &str, first: char| {
        let place = u32::from(c).checked_sub(u32::from(first)).and_then(|place| usize::try_from(place).ok());
        place.and_then(|place| table.chars().nth(place)).unwrap_or(c)
    };
    match c {
        '\u{00C0}'..='\u{024F}' => in_table(LATIN, '\u{00C0}'),
        '\u{1E00}'..='\u{1EFF}' => in_table(LATIN_ADDITIONAL, '\u{1E00}'),
        '\u{FE80}'..='\u{FEF4}' => in_table(ARABIC_SHAPES, '\u{FE80}'),
        '\u{FB1D}'..='\u{FB4F}' => in_table(HEBREW_SHAPES, '\u{FB1D}'),
        '\u{FF61}'..='\u{FF9D}' => in_table(NARROW_KANA, '\u{FF61}'),
        // Wide forms of ASCII.
        '\u{FF01}'..='\u{FF5E}' => shifted(c, 0xFF01, '!').to_ascii_lowercase(),
        '\u{0660}'..='\u{0669}' => shifted(c, 0x0660, '0'),
        '\u{06F0}'..='\u{06F9}' => shifted(c, 0x06F0, '0'),
        '\u{2080}'..='\u{2089}' => shifted(c, 0x2080, '0'),
        '\u{2074}'..='\u{2079}' => shifted(c, 0x2074, '4'),
        '\u{2460}'..='\u{2468}' => shifted(c, 0x2460, '1'),
        '⁰' => '0',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        _ => c,
    }
}

fn shifted(c: char, first: u32, onto: char) -> char {
    char::from_u32(u32::from(c) - first + u32::from(onto)).unwrap_or(c)
}

/// Diacritics, vowel points and other marks that may be left out.
pub(super) fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{0591}'..='\u{05BD}' | '\u{05BF}' | '\u{05C1}' | '\u{05C2}' | '\u{05C4}'
        | '\u{05C5}' | '\u{05C7}' | '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{065F}' | '\u{0670}'
        | '\u{06D6}'..='\u{06DC}' | '\u{06DF}'..='\u{06ED}' | '\u{FE00}'..='\u{FE0F}' | '\u{FE20}'..='\u{FE2F}'
        | '\u{FE70}'..='\u{FE7F}')
}

/// A kana with the voicing mark that follows it: か and ゙ are が.
pub(super) fn voiced(kana: char, mark: char) -> Option<char> {
    let step = match mark {
        '\u{3099}' | '\u{309B}' | '\u{FF9E}' => 1,
        '\u{309A}' | '\u{309C}' | '\u{FF9F}' => 2,
        _ => return None,
    };
    match kana {
        'う' if step == 1 => Some('ゔ'),
        'ウ' if step == 1 => Some('ヴ'),
        'か'..='ほ' | 'カ'..='ホ' => char::from_u32(u32::from(kana) + step),
        _ => None,
    }
}
