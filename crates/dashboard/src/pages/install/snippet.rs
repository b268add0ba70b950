//! The snippet for what was chosen. Each choice is a data attribute of the widget (`widget/README.md`).

use protocol::AgentId;

/// What `inline` fills. Its id is no name in JavaScript: the page would have it as a variable.
const TARGET: &str = "#frontdesk-chat";

/// What a page wants otherwise than the agent says; an empty text is what the agent says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Choices {
    pub(super) layout: String,
    pub(super) position: String,
    pub(super) language: String,
    /// Shown near the page's end.
    pub(super) reveal: bool,
    /// Nothing is asked or stored before the visitor agrees.
    pub(super) consent: bool,
    pub(super) notice: String,
    pub(super) privacy: String,
}

impl Choices {
    /// Whether there is a launcher at the edge of the page, which has a place and can be revealed.
    pub(super) fn has_launcher(&self) -> bool {
        !matches!(self.layout.as_str(), "inline" | "page")
    }

    /// Whether the page has to hold an element that the chat fills.
    pub(super) fn needs_element(&self) -> bool {
        self.layout == "inline"
    }

    /// Whether the privacy notice can be linked: an address, or a path of the website.
    pub(super) fn privacy_fits(&self) -> bool {
        let url = self.privacy.trim();
        let address = ["https://", "http://", "/"]
            .iter()
            .any(|start| url.len() > start.len() && url.starts_with(start));
        (url.is_empty() || address) && !url.contains(char::is_whitespace)
    }

    fn attributes(&self) -> Vec<(&'static str, &str)> {
        let given = |name, value: &'static str, when: bool| when.then_some((name, value));
        let said = |name, value| Some((name, str::trim(value))).filter(|(_, value)| !value.is_empty());
        let edge = |value| Some(value).filter(|_| self.has_launcher()).flatten();
        [
            said("data-layout", &self.layout),
            given("data-target", TARGET, self.needs_element()),
            edge(said("data-position", &self.position)),
            said("data-language", &self.language),
            given("data-reveal", "scroll", self.reveal && self.has_launcher()),
            given("data-consent", "required", self.consent),
            said("data-consent-text", &self.notice).filter(|_| self.consent),
            said("data-privacy", &self.privacy).filter(|_| self.consent && self.privacy_fits()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The element that `inline` fills; it has to have a height.
pub(super) fn element() -> String {
    format!("<div id=\"{}\" style=\"height: 640px\"></div>", &TARGET[1..])
}

/// The snippet for a page: one line as long as nothing is chosen.
pub(crate) fn tag(origin: &str, agent: &AgentId, choices: &Choices) -> String {
    let own = choices.attributes();
    let gap = if own.is_empty() { " " } else { "\n  " };
    let more: String =
        own.iter().map(|(name, value)| format!("{gap}{name}=\"{}\"", in_html(value))).collect();
    format!("<script{gap}src=\"{origin}/widget.js\"{gap}data-agent-id=\"{agent}\"{more}{gap}async></script>")
}

/// The same by script, for what drops attributes that it does not know; of the oldest JavaScript, which is all that
/// such places take.
pub(super) fn script(origin: &str, agent: &AgentId, choices: &Choices) -> String {
    let agent = agent.to_string();
    let all = [("data-agent-id", agent.as_str())].into_iter().chain(choices.attributes());
    let set: String = all
        .map(|(name, value)| format!("    script.setAttribute(\"{name}\", {});\n", in_script(value)))
        .collect();
    format!(
        "<script>\n  (function () {{\n    var script = document.createElement(\"script\");\n    script.src = \"{origin}/widget.js\";\n{set}    document.head.appendChild(script);\n  }})();\n</script>"
    )
}

/// Text in an attribute. Braces are what templates of websites begin their own words with.
fn in_html(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' | '<' | '>' | '"' | '{' | '}' => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// Text as a literal in a script that stands in a page.
fn in_script(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '&' | '<' | '>' | '"' | '\\' | '{' | '}' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://desk.example";

    fn of(choices: &Choices) -> String {
        tag(ORIGIN, &AgentId::from_bits(1), choices)
    }

    #[test]
    fn without_choices_it_is_one_line_that_names_origin_and_agent() {
        let want = "<script src=\"https://desk.example/widget.js\" data-agent-id=\"agt_00000000000000000000000001\" async></script>";
        assert_eq!(of(&Choices::default()), want);
    }

    #[test]
    fn each_choice_is_an_attribute_of_its_own_line() {
        let choices = Choices {
            layout: "bar".into(),
            position: "bottom-center".into(),
            language: "de".into(),
            reveal: true,
            consent: true,
            notice: " \"Chat\" <b>& mehr</b> {{ x }} ".into(),
            privacy: "https://shop.example/privacy?a=1&b=2".into(),
        };
        let want = "<script\n  src=\"https://desk.example/widget.js\"\n  data-agent-id=\"agt_00000000000000000000000001\"\n  data-layout=\"bar\"\n  \
             data-position=\"bottom-center\"\n  data-language=\"de\"\n  data-reveal=\"scroll\"\n  data-consent=\"required\"\n  \
             data-consent-text=\"&#34;Chat&#34; &#60;b&#62;&#38; mehr&#60;/b&#62; &#123;&#123; x &#125;&#125;\"\n  \
             data-privacy=\"https://shop.example/privacy?a=1&#38;b=2\"\n  async></script>";
        assert_eq!(of(&choices), want);
        let script = script(ORIGIN, &AgentId::from_bits(1), &choices);
        assert!(script.contains("script.setAttribute(\"data-consent-text\", \"\\u0022Chat\\u0022 \\u003cb\\u003e\\u0026 mehr\\u003c/b\\u003e \\u007b\\u007b x \\u007d\\u007d\");"), "{script}");
        assert_eq!(script.matches("</script>").count(), 1);
    }

    #[test]
    fn what_does_not_apply_is_left_out() {
        let all = Choices {
            position: "top-left".into(),
            reveal: true,
            notice: "OK?".into(),
            privacy: "/privacy".into(),
            ..Choices::default()
        };
        let inline = of(&Choices { layout: "inline".into(), ..all.clone() });
        assert!(
            inline.contains("data-layout=\"inline\"\n  data-target=\"#frontdesk-chat\"\n  async"),
            "{inline}"
        );
        assert!(element().contains(&format!("id=\"{}\"", &TARGET[1..])));
        assert!(!of(&all).contains("consent") && !of(&all).contains("privacy"));
        let asking = of(&Choices { consent: true, privacy: "javascript:alert(1)".into(), ..all });
        assert!(asking.contains("data-consent-text=\"OK?\"") && !asking.contains("privacy"), "{asking}");
    }

    #[test]
    fn only_what_can_be_followed_is_a_privacy_notice() {
        let fits = |privacy: &str| Choices { privacy: privacy.into(), ..Choices::default() }.privacy_fits();
        assert!(["", " https://a.example/p ", "/privacy"].into_iter().all(fits));
        assert!(!["privacy", "javascript:x", "https://", "/", "https://a b"].into_iter().any(fits));
    }
}
