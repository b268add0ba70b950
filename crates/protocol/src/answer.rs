//! What an answer is made of, as visitors, members and the archive see it.

use crate::wire;

wire! {
    /// One numbered source of an answer.
    pub struct Citation {
        /// The number in the text, as in `[1]`.
        pub number: u32,
        /// The page, with the fragment of the heading where there is one.
        pub url: String,
        pub title: String,
        /// Headings above the passage, outermost first.
        #[serde(default)]
        pub heading_path: Vec<String>,
        /// The start of the passage, plain text.
        pub snippet: String,
    }

    /// Who wrote the answer.
    #[derive(Copy, Eq, Default)]
    #[serde(rename_all = "snake_case")]
    pub enum Provider {
        /// Sentences of the site, quoted.
        #[default]
        Extractive,
        /// Any endpoint that speaks OpenAI's chat completions.
        OpenaiCompatible,
        Anthropic,
        WorkersAi,
        /// A member, in advance: a curated answer, word for word.
        Curated,
    }

    /// Why an answer was ended before its model ended it.
    #[derive(Copy, Eq)]
    #[serde(rename_all = "snake_case")]
    pub enum Cut {
        /// It began to tell its prompt.
        Prompt,
        /// It said the same again and again.
        Repetition,
        /// It was longer than an answer may be.
        Length,
    }

    /// What was found when an answer was checked against its sources.
    #[derive(Default)]
    #[serde(default)]
    pub struct Checks {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub cut: Option<Cut>,
        /// Addresses taken out because no source has them.
        pub links_removed: u32,
        /// Sentences that state something the sources can be asked for.
        pub claims: u32,
        /// Those of them whose sources say it.
        pub supported: u32,
        /// Those whose sources do not, the first few.
        pub unsupported: Vec<String>,
    }

    /// How long each stage of a turn took, in milliseconds. Zero where the stage did not run.
    #[derive(Copy, Default)]
    #[serde(default)]
    pub struct Stages {
        /// Admission: lock, parsing.
        pub admit: f64,
        /// The one remote join: words, meaning.
        pub retrieve: f64,
        pub embed: f64,
        pub index_search: f64,
        pub assemble_prompt: f64,
        /// From the request to a model until its first token.
        pub model_first_byte: f64,
        pub model_stream: f64,
        /// Calls of tools, those of one round side by side.
        pub tools: f64,
        /// From the message's arrival to the first frame with text.
        pub first_token: f64,
        pub total: f64,
    }

    /// One call of a tool in a turn; the whole of it is in the tool's history.
    pub struct ToolTrace {
        /// From 1.
        pub round: u32,
        pub name: String,
        /// As the model wrote them.
        pub arguments: String,
        pub succeeded: bool,
        /// What the model was given.
        pub result: String,
        pub duration_ms: f64,
        /// What the visitor is told of it after the answer, in their language.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub notice: Option<String>,
    }

    /// Tokens of a model; zero for extractive answers.
    #[derive(Copy, Eq, Default)]
    #[serde(default)]
    pub struct Tokens {
        pub input: u32,
        pub output: u32,
        /// The provider did not count them; we did, roughly.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        pub estimated: bool,
    }
}
