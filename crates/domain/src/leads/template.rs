//! What follow-up mails begin from is for everybody: no person stands in it.

/// What stands for a person's name in the words that a follow-up mail begins from.
pub const NAME: &str = "{name}";
/// Shorter ones are particles and initials, which stand in any text.
const SHORTEST_PART: usize = 3;

/// A text with [`NAME`] where a person stood: their names, whole or in part, and what reaches them, which is
/// `addresses`. A part of a name counts where it is written as the person writes it and begins with a capital (or in a
/// script without): the `van` of a name is no name, and no `will` is a Will.
#[must_use]
pub fn without(text: &str, names: &[&str], addresses: &[&str]) -> String {
    let mut found = text.to_owned();
    for address in addresses {
        found = replaced(&found, address.trim(), false);
    }
    for name in names {
        // A name of one word is told from a word of the language by how it is written.
        found = replaced(&found, name.trim(), name.split_whitespace().count() < 2);
    }
    let parts =
        names.iter().flat_map(|name| name.split(|c: char| !(c.is_alphanumeric() || "'’-".contains(c))));
    for part in
        parts.filter(|part| part.chars().count() >= SHORTEST_PART && !part.starts_with(char::is_lowercase))
    {
        found = replaced(&found, part, true);
    }
    found
}

/// Puts [`NAME`] where `wanted` stands as words of their own.
fn replaced(text: &str, wanted: &str, exactly: bool) -> String {
    if wanted.is_empty() {
        return text.to_owned();
    }
    let (mut out, mut rest, mut before) = (String::with_capacity(text.len()), text, None);
    while let Some(next) = rest.chars().next() {
        // What stands for something already says nothing of anybody.
        let kept = rest.starts_with(NAME).then_some(NAME.len());
        let end = match_at(rest, wanted, exactly).filter(|end| {
            !joined(before, rest.chars().next())
                && !joined(rest[..*end].chars().next_back(), rest[*end..].chars().next())
        });
        let taken = kept.or(end).unwrap_or(next.len_utf8());
        out.push_str(if kept.is_none() && end.is_some() { NAME } else { &rest[..taken] });
        before = rest[..taken].chars().next_back();
        rest = &rest[taken..];
    }
    out
}

/// Where `wanted` ends, if a text begins with it.
fn match_at(text: &str, wanted: &str, exactly: bool) -> Option<usize> {
    let mut here = text.char_indices();
    for one in wanted.chars() {
        let (_, other) = here.next()?;
        let same = one == other || (!exactly && one.to_lowercase().eq(other.to_lowercase()));
        if !same {
            return None;
        }
    }
    Some(here.offset())
}

/// Whether two characters are of the same word. Scripts that write no spaces between words are never sure.
fn joined(one: Option<char>, other: Option<char>) -> bool {
    let of_a_word = |c: char| c.is_alphanumeric() && c < '\u{2e80}';
    one.is_some_and(of_a_word) && other.is_some_and(of_a_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_taken_out_whole_in_part_and_by_address() {
        let of =
            |text| without(text, &["Wanda Kowalczyk"], &["wanda@kowalczyk.example", "+441235555011", ""]);
        assert_eq!(of("Hello Wanda Kowalczyk,"), "Hello {name},");
        assert_eq!(of("HELLO WANDA KOWALCZYK"), "HELLO {name}");
        assert_eq!(of("Hello Wanda, Ms Kowalczyk’s rabbit"), "Hello {name}, Ms {name}’s rabbit");
        assert_eq!(of("to Wanda@Kowalczyk.example or +441235555011."), "to {name} or {name}.");
        assert_eq!(of("Hello {name}, {workspace}"), "Hello {name}, {workspace}");
        assert_eq!(of("Wandas Kowalczyks"), "Wandas Kowalczyks");
    }

    #[test]
    fn words_of_the_language_are_nobodys_name() {
        let of = |name: &str, text: &str| without(text, &[name], &[]);
        assert_eq!(
            of("Vincent van Gogh", "Ik schrijf van hier aan Vincent"),
            "Ik schrijf van hier aan {name}"
        );
        assert_eq!(of("Will", "I will write"), "I will write");
        assert_eq!(of("Will", "Dear Will"), "Dear {name}");
        assert_eq!(of("Ana De La Cruz", "De La Cruz, La Palma"), "De La {name}, La Palma");
        assert_eq!(of("", "Hello"), "Hello");
    }

    #[test]
    fn names_are_found_in_every_script() {
        assert_eq!(without("王伟您好", &["王伟"], &[]), "{name}您好");
        assert_eq!(without("Привет, ИРИНА Ким", &["Ирина Ким"], &[]), "Привет, {name}");
        assert_eq!(without("İstanbul için Aylin", &["Aylin İnan"], &[]), "İstanbul için {name}");
    }
}
