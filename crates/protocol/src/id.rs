//! Identifiers: a prefix that names the kind, then 26 characters of Crockford base 32 in lower case.
//!
//! The 128 bits are either a millisecond time (48 bits) followed by randomness (ULID order, so ids sort by
//! age), or the head of a digest where the same input must give the same id.

use serde::{Deserialize, Serialize};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Why a string is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an id of the form {prefix}_ followed by 26 characters of 0-9 and a-z without i, l, o, u")]
pub struct InvalidId {
    prefix: &'static str,
}

fn encode(bits: u128) -> String {
    (0..26)
        .rev()
        .map(|i| char::from(ALPHABET.get(((bits >> (i * 5)) & 31) as usize).copied().unwrap_or(b'0')))
        .collect()
}

fn valid(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// The 128 bits of a time-ordered id: `now_ms` since 1970 and 80 random bits.
#[must_use]
pub fn ordered_bits(now_ms: u64, random: [u8; 10]) -> u128 {
    random.iter().fold(u128::from(now_ms), |bits, byte| (bits << 8) | u128::from(*byte))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(#[cfg_attr(feature = "schema", schemars(regex(pattern = concat!("^", $prefix, "_[0-9a-hjkmnp-tv-z]{26}$"))))] String);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            /// A time-ordered id from a clock and 80 random bits.
            #[must_use]
            pub fn ordered(now_ms: u64, random: [u8; 10]) -> Self {
                Self::from_bits(ordered_bits(now_ms, random))
            }

            /// An id from 128 bits, for ids derived from content.
            #[must_use]
            pub fn from_bits(bits: u128) -> Self {
                Self(format!("{}_{}", $prefix, encode(bits)))
            }

            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                match text.strip_prefix(concat!($prefix, "_")) {
                    Some(rest) if valid(rest) => Ok(Self(text.to_owned())),
                    _ => Err(InvalidId { prefix: $prefix }),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// The tenant.
    WorkspaceId = "ws";
    /// A person who signs in.
    UserId = "usr";
    /// A signed-in browser.
    SessionId = "ses";
    /// One configured receptionist.
    AgentId = "agt";
    /// Where knowledge comes from.
    SourceId = "src";
    /// One crawl of a source.
    RunId = "run";
    /// One page or file; derived from source and address, so a second crawl names it the same.
    DocumentId = "doc";
    /// Who talks.
    VisitorId = "vis";
    /// One thread on one channel.
    ConversationId = "cnv";
    /// A question with its answer.
    TurnId = "trn";
    /// One utterance outside of turns.
    MessageId = "msg";
    /// A mailed invitation to a workspace.
    InvitationId = "inv";
    /// A key for the REST API.
    ApiKeyId = "key";
    /// One line of the audit log.
    AuditId = "aud";
    /// Something that happened; derived from what it was, so that telling it twice stores it once.
    EventId = "evt";
    /// One mail.
    MailId = "mal";
    /// An uploaded file.
    FileId = "fil";
    /// A question pattern with a fixed answer.
    CuratedId = "cur";
    /// A curated answer that the content proposes; derived from agent and question, so that finding it twice names it the same.
    ProposalId = "prp";
    /// A question that could not be answered well.
    GapId = "gap";
    /// What agents can call in a turn.
    ToolId = "tol";
    /// One call of a tool.
    ToolRunId = "tlr";
    /// A call that waits for a member.
    ApprovalId = "apr";
    /// Something the widget does of its own accord.
    RuleId = "rul";
    /// A call to action.
    CtaId = "cta";
    /// A comparison of variants of an agent.
    ExperimentId = "exp";
    /// One variant of an experiment.
    VariantId = "var";
    /// Captured interest.
    LeadId = "led";
    /// The person behind leads.
    ContactId = "con";
    /// One erasure of a person.
    ErasureId = "era";
    /// One file of everything held of a person.
    PersonExportId = "pex";
    /// One receipt of what was removed by age or handed out.
    ReceiptId = "rcp";
    /// A reply that members keep ready.
    TemplateId = "tpl";
    /// A receiver of deliveries.
    EndpointId = "ept";
    /// Where another service tells us what happened.
    IncomingId = "inc";
    /// One event of another service; derived from its endpoint and the sender's own id.
    IncomingEventId = "ine";
    /// A connection to an outside service.
    IntegrationId = "itg";
    /// One HTTP request, in logs and in the `X-Request-Id` header.
    RequestId = "req";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_round_trip() {
        let early = AgentId::ordered(1, [255; 10]);
        let late = AgentId::ordered(2, [0; 10]);
        assert!(early < late);
        assert_eq!(early.as_str().parse::<AgentId>(), Ok(early.clone()));
        assert_eq!(serde_json::from_str::<AgentId>(&serde_json::to_string(&late).unwrap()).unwrap(), late);
    }

    #[test]
    fn another_kind_or_alphabet_is_refused() {
        let id = AgentId::ordered(1, [7; 10]);
        assert!(id.as_str().parse::<SourceId>().is_err());
        assert!("agt_".parse::<AgentId>().is_err());
        assert!(id.as_str().to_uppercase().parse::<AgentId>().is_err());
        assert!(format!("{id}/../x").parse::<AgentId>().is_err());
    }
}
