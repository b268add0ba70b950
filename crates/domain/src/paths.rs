//! Which pages of a site are read: patterns of paths, with `*` for anything.

use protocol::Problem;

/// Patterns of one list.
pub const MOST: usize = 100;
/// Characters of one pattern.
pub const MOST_CHARS: usize = 300;

/// Patterns as a member writes them, one a line, tidied.
///
/// # Errors
/// When a line is no pattern of a path; the message says which and what to write.
pub fn accept(field: &str, lines: &[String]) -> Result<Vec<String>, Problem> {
    let mut accepted: Vec<String> = Vec::new();
    for line in lines.iter().flat_map(|lines| lines.lines()).map(str::trim).filter(|line| !line.is_empty()) {
        let shown: String = line.chars().take(60).collect();
        let refused = |why: &str| Err(Problem::field(field, format!("“{shown}” {why}")));
        if line.contains("://") {
            return refused("is a whole address. Write its path alone, as in /blog/*.");
        }
        if !line.starts_with(['/', '*']) {
            return refused("does not begin with / or *. Write the path of pages, as in /blog/*.");
        }
        if line.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return refused("has a space in it. Write one path a line, with %20 for a space.");
        }
        if line.contains('#') {
            return refused(
                "has a # in it. Pages are told apart by what stands before it; leave the rest out.",
            );
        }
        if line.chars().count() > MOST_CHARS {
            return refused(&format!("is longer than {MOST_CHARS} characters. Use * for a part of it."));
        }
        let pattern = encoded(line);
        if !accepted.contains(&pattern) {
            accepted.push(pattern);
        }
    }
    if accepted.len() > MOST {
        let message = format!("These are more than {MOST} patterns. Use * to say several at once.");
        return Err(Problem::field(field, message));
    }
    Ok(accepted)
}

/// Whether a page is left out, and by which of the lists, in words.
#[must_use]
pub fn left_out(include: &[String], exclude: &[String], url: &str) -> Option<&'static str> {
    let path = path_of(url);
    if exclude.iter().any(|pattern| matches(pattern, path)) {
        return Some("A pattern of this source leaves it out.");
    }
    if !include.is_empty() && !include.iter().any(|pattern| matches(pattern, path)) {
        return Some("It is not among the pages that this source's patterns name.");
    }
    None
}

/// Path and query of an address.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("/");
    rest.split('#').next().unwrap_or(rest)
}

/// Whether a pattern is all of a path. One without a query is meant for a page whatever its query; a slash at the
/// end makes no difference.
fn matches(pattern: &str, path: &str) -> bool {
    let path = if pattern.contains('?') { path } else { path.split('?').next().unwrap_or(path) };
    let trimmed = path.strip_suffix('/').filter(|path| !path.is_empty());
    glob(pattern.as_bytes(), path.as_bytes())
        || trimmed.is_some_and(|path| glob(pattern.as_bytes(), path.as_bytes()))
        || glob(pattern.as_bytes(), format!("{path}/").as_bytes())
}

/// `*` is any run of bytes. Goes back to the last star alone, so the time is at most one length times the other.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p).is_some() && pattern.get(p) == text.get(t) {
            p += 1;
            t += 1;
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            (p, t) = (at + 1, from + 1);
        } else {
            return false;
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

/// As addresses are written: everything beyond ASCII by its bytes.
fn encoded(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for character in line.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(include: &[&str], exclude: &[&str], url: &str) -> bool {
        let own = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        left_out(&own(include), &own(exclude), url).is_some()
    }

    #[test]
    fn exclude_wins_over_include_and_an_empty_include_is_everything() {
        assert!(!out(&[], &[], "https://x.test/a"));
        assert!(out(&[], &["/a"], "https://x.test/a"));
        assert!(!out(&["/a*"], &[], "https://x.test/about"));
        assert!(out(&["/a*"], &["/about"], "https://x.test/about"));
        assert!(out(&["/blog/*"], &[], "https://x.test/about"));
    }

    #[test]
    fn a_star_is_anything_and_a_slash_at_the_end_nothing() {
        for (pattern, path) in [
            ("/blog/*", "/blog/2026/one"),
            ("/blog/*", "/blog/"),
            ("/blog/*", "/blog"),
            ("/blog", "/blog/"),
            ("/blog/", "/blog"),
            ("/", "/"),
            ("*", "/anything?x=1"),
            ("*/print", "/a/b/print"),
            ("/*/print*", "/a/b/print/2"),
            ("/shop", "/shop?page=2"),
            ("/shop?page=*", "/shop?page=2"),
        ] {
            assert!(out(&[], &[pattern], &format!("https://x.test{path}")), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("/blog", "/blog/one"),
            ("/a", "/b"),
            ("/", "/a"),
            ("/shop?page=3", "/shop?page=2"),
            ("/a*c", "/ab"),
        ] {
            assert!(!out(&[], &[pattern], &format!("https://x.test{path}")), "{pattern} {path}");
        }
    }

    #[test]
    fn a_pattern_made_to_be_slow_is_not() {
        let (pattern, path) = ("*a".repeat(140), "a".repeat(2_000));
        assert!(!out(&[], &[&format!("{pattern}b")], &format!("https://x.test/{path}")));
    }

    #[test]
    fn letters_beyond_ascii_are_written_as_in_addresses() {
        let accepted = accept("exclude", &["/über/*\n\n /a ".into(), "/a".into()]).unwrap();
        assert_eq!(accepted, ["/%C3%BCber/*", "/a"]);
        assert!(out(&[], &["/%C3%BCber/*"], "https://x.test/%C3%BCber/uns"));
    }

    #[test]
    fn what_is_no_path_is_refused_with_a_sentence_that_names_it() {
        let long = format!("/{}", "a".repeat(MOST_CHARS));
        for line in ["https://x.test/a", "blog/*", "/a b", "/a#b", long.as_str()] {
            let problem = accept("include", &[line.to_owned()]).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some("include"));
            assert!(
                problem.message.starts_with('“') && problem.message.ends_with('.'),
                "{}",
                problem.message
            );
        }
        let many: Vec<_> = (0..=MOST).map(|n| format!("/{n}")).collect();
        assert!(accept("include", &many).is_err());
        assert_eq!(accept("include", &many[1..]).unwrap().len(), MOST);
    }
}
