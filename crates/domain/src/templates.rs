//! Response templates: text with variables, which are filled when a member picks it, or for the curated answers of an agent. `{{visitor_name}}` is the value, or
//! nothing; `{{visitor_name|there}}` says what stands there where the value is not known.

use protocol::api::TemplateWrite;
use protocol::frame::MAX_MESSAGE_CHARS;
use protocol::{Code, Problem};

/// Templates of one workspace.
pub const MOST: u32 = 300;
/// Characters of a template's name.
pub const MAX_NAME_CHARS: usize = 80;

/// What a template may name, and what it becomes.
pub const VARIABLES: [(&str, &str); 4] = [
    ("visitor_name", "The visitor's name, where it is known"),
    ("member_name", "Your name"),
    ("agent_name", "The agent's name"),
    ("workspace_name", "The name of the business"),
];

/// What the variables become; empty: not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    pub visitor_name: String,
    pub member_name: String,
    pub agent_name: String,
    pub workspace_name: String,
}

impl Values {
    fn of(&self, name: &str) -> Option<&str> {
        Some(match name {
            "visitor_name" => &self.visitor_name,
            "member_name" => &self.member_name,
            "agent_name" => &self.agent_name,
            "workspace_name" => &self.workspace_name,
            _ => return None,
        })
    }
}

enum Piece<'a> {
    Text(&'a str),
    Variable { name: &'a str, otherwise: &'a str },
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inside, after)) = after.split_once("}}") else {
            return Err("A variable begins with {{ and does not end: write }} behind its name.".into());
        };
        let (name, otherwise) = inside.split_once('|').unwrap_or((inside, ""));
        let name = name.trim();
        if !VARIABLES.iter().any(|(known, _)| *known == name) {
            let known: Vec<String> = VARIABLES.iter().map(|(known, _)| format!("{{{{{known}}}}}")).collect();
            let name: String = name.chars().take(40).collect();
            return Err(format!("There is no variable {{{{{name}}}}}. Use one of {}.", known.join(", ")));
        }
        pieces.push(Piece::Text(before));
        pieces.push(Piece::Variable { name, otherwise: otherwise.trim() });
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

/// A template as a member writes it, tidied.
///
/// # Errors
/// When a field is empty or too long, or the text names a variable that there is not; the message says what to do.
pub fn accept(template: TemplateWrite) -> Result<TemplateWrite, Problem> {
    let field = |name: &str, message: String| Problem {
        field: Some(name.to_owned()),
        ..Problem::new(Code::Invalid, message)
    };
    let name = template.name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(field("name", "Give it a name.".into()));
    }
    if name.chars().count() > MAX_NAME_CHARS {
        return Err(field(
            "name",
            format!("The name is longer than {MAX_NAME_CHARS} characters. Shorten it."),
        ));
    }
    let text = template.text.trim().to_owned();
    if text.is_empty() {
        return Err(field("text", "Write the text.".into()));
    }
    if text.chars().count() > MAX_MESSAGE_CHARS {
        return Err(field(
            "text",
            format!("The text is longer than {MAX_MESSAGE_CHARS} characters. Shorten it."),
        ));
    }
    pieces(&text).map_err(|message| field("text", message))?;
    Ok(TemplateWrite { name, text, agent_id: template.agent_id })
}

/// The text as an agent says it to anybody: no visitor is known, and no member writes it.
///
/// # Errors
/// When it names the member, or says nothing without the visitor's name, in words.
pub fn fill_for_agents(text: &str, agent_name: &str, workspace_name: &str) -> Result<String, String> {
    let member = |piece: &Piece<'_>| matches!(piece, Piece::Variable { name: "member_name", .. });
    if pieces(text)?.iter().any(member) {
        return Err(
            "Agents cannot say a template that names {{member_name}}: no member writes their answers.".into(),
        );
    }
    let filled = fill(
        text,
        &Values {
            agent_name: agent_name.to_owned(),
            workspace_name: workspace_name.to_owned(),
            ..Values::default()
        },
    )?;
    if filled.is_empty() {
        return Err(
            "Without a visitor’s name this template says nothing, and agents say it to everybody.".into()
        );
    }
    Ok(filled)
}

/// The text with its variables filled.
///
/// # Errors
/// As for [`accept`], in words.
pub fn fill(text: &str, values: &Values) -> Result<String, String> {
    let mut filled = String::new();
    for piece in pieces(text)? {
        match piece {
            Piece::Text(text)
                if filled.ends_with(' ') && text.starts_with([',', '.', '!', '?', ' ', '\n']) =>
            {
                // The word before it was not known: neither is the space that led to it.
                filled.truncate(filled.trim_end_matches(' ').len());
                filled.push_str(text);
            }
            Piece::Text(text) => filled.push_str(text),
            Piece::Variable { name, otherwise } => {
                let value = values.of(name).map(str::trim).unwrap_or_default();
                filled.push_str(if value.is_empty() { otherwise } else { value });
            }
        }
    }
    Ok(filled.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values {
            visitor_name: "Ann".into(),
            member_name: "Bo".into(),
            agent_name: "Mia".into(),
            workspace_name: "Harbour".into(),
        }
    }

    fn write(name: &str, text: &str) -> Result<TemplateWrite, Problem> {
        accept(TemplateWrite { name: name.into(), text: text.into(), agent_id: None })
    }

    #[test]
    fn variables_are_filled_with_what_is_known() {
        let text = "Hi {{visitor_name|there}}, I am {{ member_name }} of {{workspace_name}}. {{agent_name}} called me.";
        assert_eq!(fill(text, &values()).unwrap(), "Hi Ann, I am Bo of Harbour. Mia called me.");
        let unknown = Values { visitor_name: " ".into(), ..values() };
        assert_eq!(fill(text, &unknown).unwrap(), "Hi there, I am Bo of Harbour. Mia called me.");
    }

    #[test]
    fn what_is_not_known_leaves_no_hole() {
        for (text, filled) in [
            ("Hello {{visitor_name}}, welcome", "Hello, welcome"),
            ("Thank you {{visitor_name}}! Bye", "Thank you! Bye"),
            ("{{visitor_name}}", ""),
            ("A {{visitor_name}} b", "A b"),
            ("No variables, { one } brace }} too", "No variables, { one } brace }} too"),
        ] {
            assert_eq!(fill(text, &Values::default()).unwrap(), filled, "{text}");
        }
    }

    #[test]
    fn agents_say_what_needs_neither_visitor_nor_member() {
        let fill = |text| fill_for_agents(text, "Mia", "Harbour");
        let text = "Hi {{visitor_name|there}}, {{agent_name}} of {{workspace_name}} here.";
        assert_eq!(fill(text).unwrap(), "Hi there, Mia of Harbour here.");
        assert_eq!(fill("Hello {{visitor_name}}, welcome").unwrap(), "Hello, welcome");
        for text in ["I am {{member_name}}", "We are {{ member_name | the team }}"] {
            assert!(fill(text).unwrap_err().contains("{{member_name}}"), "{text}");
        }
        assert!(fill("{{visitor_name}}").unwrap_err().contains("nothing"));
    }

    #[test]
    fn a_value_is_never_read_as_a_template() {
        let odd = Values { visitor_name: "{{member_name}}".into(), ..values() };
        assert_eq!(fill("Hi {{visitor_name}}", &odd).unwrap(), "Hi {{member_name}}");
    }

    #[test]
    fn an_unknown_variable_is_refused_with_those_that_there_are() {
        let problem = write("Hello", "Hi {{first_name}}").unwrap_err();
        assert_eq!(problem.field.as_deref(), Some("text"));
        assert!(problem.message.contains("{{first_name}}") && problem.message.contains("{{visitor_name}}"));
        assert!(write("Hello", "Hi {{visitor_name").unwrap_err().message.contains("}}"));
        for (name, text, field) in [(" ", "x", "name"), ("x", " \n", "text"), (&*"x".repeat(81), "x", "name")]
        {
            assert_eq!(write(name, text).unwrap_err().field.as_deref(), Some(field));
        }
        assert_eq!(write("x", &"x".repeat(4_001)).unwrap_err().field.as_deref(), Some("text"));
    }

    #[test]
    fn a_template_is_tidied() {
        let tidied = write("  Good \n day ", " Hi {{visitor_name}} ").unwrap();
        assert_eq!((tidied.name.as_str(), tidied.text.as_str()), ("Good day", "Hi {{visitor_name}}"));
    }
}
