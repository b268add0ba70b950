//! How the snippet gets into a website, by what the website is made with. No step needs an app of ours.

use super::snippet::Choices;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Platform {
    Html,
    WordPress,
    Shopify,
    Webflow,
    Wix,
    TagManager,
}

pub(super) const ALL: [Platform; 6] = [
    Platform::Html,
    Platform::WordPress,
    Platform::Shopify,
    Platform::Webflow,
    Platform::Wix,
    Platform::TagManager,
];

/// By their keys, in the order of [`ALL`].
pub(super) const NAMED: [(&str, &str); 6] = [
    ("html", "HTML, or a framework"),
    ("wordpress", "WordPress"),
    ("shopify", "Shopify"),
    ("webflow", "Webflow"),
    ("wix", "Wix"),
    ("gtm", "Google Tag Manager"),
];

impl Platform {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::WordPress => "wordpress",
            Self::Shopify => "shopify",
            Self::Webflow => "webflow",
            Self::Wix => "wix",
            Self::TagManager => "gtm",
        }
    }

    /// It keeps only the attributes of a script that it knows.
    pub(super) fn drops_attributes(self) -> bool {
        self == Self::TagManager
    }

    /// The steps for the snippet, and after them what else to know.
    pub(super) fn steps(self) -> (&'static [&'static str], &'static str) {
        match self {
            Self::Html => (
                &[
                    "Open the template or layout that all pages share.",
                    "Paste the snippet before </body>.",
                    "Publish the website and open a page.",
                ],
                "In a single-page application it stays while pages change: put it into the document, not into a component.",
            ),
            Self::WordPress => (
                &[
                    "Under Plugins, install and activate a plugin that adds code to the footer, for example WPCode.",
                    "Open Code Snippets → Header & Footer and paste the snippet into Footer.",
                    "Save, and empty the cache if a plugin or your host keeps one.",
                ],
                "If a plugin delays or combines scripts, leave widget.js out of that. On WordPress.com, plugins need a plan that allows them.",
            ),
            Self::Shopify => (
                &[
                    "Open Online Store → Themes, then ⋯ → Edit code beside your theme.",
                    "Open layout/theme.liquid and paste the snippet before </body>.",
                    "Save, and open your shop.",
                ],
                "Pages of the checkout do not show it. A theme that you change to later needs the snippet, too.",
            ),
            Self::Webflow => (
                &[
                    "Open Site settings → Custom code.",
                    "Paste the snippet into Footer code and save.",
                    "Publish the site; the Designer does not run it.",
                ],
                "Custom code needs a paid plan.",
            ),
            Self::Wix => (
                &[
                    "Open Settings, and under Advanced, Custom Code.",
                    "Choose Add Custom Code and paste the snippet.",
                    "Choose All pages, Load code once, and Body - end, then Apply.",
                ],
                "Custom code needs a Premium plan and a domain of your own; the preview does not run it.",
            ),
            Self::TagManager => (
                &[
                    "Open Tags → New → Tag Configuration → Custom HTML and paste the snippet.",
                    "Under Triggering choose All Pages, or the trigger of your consent tool.",
                    "Save, then Submit and Publish.",
                ],
                "The snippet is written as a script here, because the tag manager drops attributes that it does not know.",
            ),
        }
    }

    /// Where the element goes that the chat fills, if it can.
    pub(super) fn place(self) -> &'static str {
        match self {
            Self::Html => "Put this element where the chat is to stand.",
            Self::WordPress => {
                "In the page's editor, add a Custom HTML block where the chat is to stand, with this element in it."
            }
            Self::Shopify => {
                "In the theme editor, add a Custom Liquid section where the chat is to stand, with this element in it."
            }
            Self::Webflow => {
                "In the Designer, add a Code Embed where the chat is to stand, with this element in it."
            }
            Self::Wix => {
                "This layout does not work on Wix, which puts pasted elements into frames of their own. Choose another."
            }
            Self::TagManager => {
                "The page itself has to hold this element, where the chat is to stand; the tag manager does not put it there."
            }
        }
    }

    /// Whether the website can hold what the choices ask for.
    pub(super) fn can(self, choices: &Choices) -> bool {
        !(self == Self::Wix && choices.needs_element())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_website_has_its_steps() {
        for platform in ALL {
            let (steps, note) = platform.steps();
            assert!(steps.len() == 3 && !note.is_empty() && !platform.place().is_empty(), "{platform:?}");
        }
        assert_eq!(ALL.map(Platform::key), NAMED.map(|(key, _)| key));
    }

    #[test]
    fn an_element_cannot_be_put_into_wix() {
        let inline = Choices { layout: "inline".into(), ..Choices::default() };
        assert!(
            !Platform::Wix.can(&inline)
                && Platform::Wix.can(&Choices::default())
                && Platform::Html.can(&inline)
        );
    }
}
