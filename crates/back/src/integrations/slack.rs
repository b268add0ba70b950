//! Slack: messages to a channel by an incoming webhook, in Block Kit.

use domain::delivery::Verdict;
use platform::{Failure, config};
use protocol::api::{IntegrationSecret, Lead, WebhookPayload};
use serde_json::{Value, json};
use worker::{Env, Method};

use super::{Answered, Connected, News, Secret, Sent, call, page, refused};

/// Fields of one section, and characters of each: Slack refuses more.
const MAX_FIELDS: usize = 10;
const MAX_FIELD: usize = 1_900;

/// The address of a message, if it is one of Slack's own.
///
/// # Errors
/// `invalid` where it leads elsewhere.
pub fn accepted(env: &Env, given: &str) -> Result<String, Failure> {
    let base = config::optional(env, "SLACK_HOOKS_URL").unwrap_or_else(|| "https://hooks.slack.com".into());
    let url = given.trim();
    let path = url.strip_prefix(base.trim_end_matches('/')).and_then(|rest| rest.strip_prefix("/services/"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if path.is_some_and(|path| path.split('/').count() == 3 && path.split('/').all(plain)) {
        return Ok(url.to_owned());
    }
    let message = format!(
        "This is no incoming webhook of Slack. It begins with {base}/services/: create one under \u{201c}Incoming \
         Webhooks\u{201d} of your Slack app and copy its whole address."
    );
    Err(refused("secret", message))
}

/// Sends a message of the news.
///
/// # Errors
/// When the secret is another kind's.
pub async fn send(env: &Env, connected: &Connected, news: &News) -> Result<Sent, Failure> {
    let body = match news {
        News::Lead(lead) => of_lead(lead, &|path| page(env, path)),
        News::Escalated(payload) => {
            of_conversation("A visitor waits for a person", payload, &|path| page(env, path))
        }
        News::HandedOff(payload) => {
            of_conversation("A member took over a conversation", payload, &|path| page(env, path))
        }
        News::Test => hello("A test: messages from Frontdesk arrive here."),
    };
    Ok(match post(connected, &body).await? {
        Ok(answered) => said(answered),
        Err(reason) => Sent::without_call(Verdict::Again, reason),
    })
}

/// Says hello in the channel.
///
/// # Errors
/// `invalid` with what Slack said.
pub async fn verify(_env: &Env, connected: &Connected) -> Result<String, Failure> {
    let body = hello(
        "Frontdesk is connected to this channel. Leads and visitors who wait for a person are told here.",
    );
    let sent =
        post(connected, &body).await?.map_or_else(|reason| Sent::without_call(Verdict::Again, reason), said);
    if sent.verdict == Verdict::Delivered {
        return Ok("Incoming webhook".into());
    }
    Err(refused("secret", sent.outcome))
}

async fn post(connected: &Connected, body: &Value) -> Result<Result<Answered, String>, Failure> {
    let Some(Secret::Given(IntegrationSecret::Slack { webhook_url })) = &connected.secret else {
        return Err(Failure::Internal("a Slack integration without its webhook".into()));
    };
    let headers = [("Content-Type", "application/json"), ("User-Agent", "Frontdesk")];
    Ok(call(Method::Post, webhook_url, &headers, Some(&body.to_string())).await)
}

/// What Slack's short answers mean to whoever set it up.
fn said(answered: Answered) -> Sent {
    let (status, text) = (answered.status, answered.text.trim().to_owned());
    let words = match text.as_str() {
        _ if status == 200 => "Slack accepted the message.".to_owned(),
        "no_service" | "no_active_hooks" | "no_team" | "invalid_token" | "team_disabled" => {
            format!("Slack says {text}: the webhook was removed there. Create a new one and enter it here.")
        }
        "channel_is_archived" => {
            "Slack says channel_is_archived: bring the channel back, or enter the webhook of another one."
                .into()
        }
        "channel_not_found" => {
            "Slack says channel_not_found: the channel was deleted. Enter the webhook of another one.".into()
        }
        "action_prohibited" | "posting_to_general_channel_denied" => {
            format!("Slack says {text}: an admin of your Slack does not allow messages there.")
        }
        _ if status == 429 => "Slack asks us to wait before the next message.".to_owned(),
        _ if text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') && !text.is_empty() => {
            format!("Slack says {text}.")
        }
        _ => format!("Slack answered with {status}."),
    };
    let malformed =
        matches!(text.as_str(), "invalid_payload" | "no_text" | "invalid_blocks" | "too_many_attachments");
    let mut sent = Sent::of(answered, Some(words));
    if malformed {
        // The same message would be refused again.
        sent.verdict = Verdict::Refused;
    }
    sent
}

/// The three characters that mean something to Slack: with them a visitor's words could address a channel.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// As much of a text as a field takes; it is cut before it is escaped, so that no escape is cut in two.
fn short(text: &str, most: usize) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut cut: String = one_line.chars().take(most / 5).collect();
    if cut.len() < one_line.len() {
        cut.push('…');
    }
    escaped(&cut)
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } })
}

fn hello(text: &str) -> Value {
    json!({ "text": escaped(text), "blocks": [section(&escaped(text))] })
}

fn links(links: &[(Option<String>, &str)]) -> Option<Value> {
    let shown: Vec<String> = links
        .iter()
        .filter_map(|(url, label)| Some(format!("<{}|{label}>", escaped(url.as_ref()?))))
        .collect();
    (!shown.is_empty()).then(|| section(&shown.join("  ·  ")))
}

fn of_lead(lead: &Lead, page: &dyn Fn(&str) -> Option<String>) -> Value {
    let who = [&lead.name, &lead.email, &lead.phone].into_iter().find(|text| !text.is_empty());
    let title = format!("New lead: {}", short(who.map_or("somebody", String::as_str), 500));
    let score = lead.score.to_string();
    let owner = lead.owner.as_ref().map(|owner| owner.name.as_str()).unwrap_or_default();
    let known = [
        ("E-mail", lead.email.as_str()),
        ("Phone", &lead.phone),
        ("Score", &score),
        ("Agent", &lead.agent_name),
        ("Owner", owner),
        ("Page", lead.page_url.as_deref().unwrap_or_default()),
    ];
    let answers = lead.answers.iter().map(|answer| (answer.label.as_str(), answer.value.as_str()));
    let fields: Vec<Value> = known
        .into_iter()
        .chain(answers)
        .filter(|(_, value)| !value.is_empty())
        .take(MAX_FIELDS)
        .map(|(label, value)| {
            let text = format!("*{}*\n{}", short(label, 300), short(value, MAX_FIELD));
            json!({ "type": "mrkdwn", "text": text })
        })
        .collect();
    let mut blocks = vec![section(&format!("*{title}*")), json!({ "type": "section", "fields": fields })];
    let conversation = lead.conversation_id.as_ref().and_then(|id| page(&format!("conversations/{id}")));
    blocks.extend(links(&[
        (page(&format!("leads/{}", lead.id)), "Open the lead"),
        (conversation, "Read the conversation"),
    ]));
    json!({ "text": title, "blocks": blocks })
}

fn of_conversation(title: &str, payload: &WebhookPayload, page: &dyn Fn(&str) -> Option<String>) -> Value {
    let said = |name: &str| payload.data.get(name).and_then(Value::as_str).unwrap_or_default();
    let facts: Vec<String> = [("Reason", said("reason")), ("Urgency", said("urgency"))]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(label, value)| format!("{label}: {}", short(&value.replace('_', " "), 300)))
        .collect();
    let mut blocks = vec![section(&format!("*{}*", escaped(title)))];
    if !facts.is_empty() {
        let text = facts.join("  ·  ");
        blocks.push(json!({ "type": "context", "elements": [{ "type": "mrkdwn", "text": text }] }));
    }
    blocks.extend(links(&[(page(&format!("conversations/{}", payload.subject)), "Open the conversation")]));
    json!({ "text": title, "blocks": blocks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_to_slack_is_escaped() {
        assert_eq!(escaped("<!channel> & <@U1>"), "&lt;!channel&gt; &amp; &lt;@U1&gt;");
        let long = short(&"&".repeat(9_000), MAX_FIELD);
        assert!(long.len() < 2_000 && long.ends_with("&amp;…"), "{} bytes", long.len());
        assert_eq!(short("a\n b", 100), "a b");
    }

    #[test]
    fn answers_say_what_to_do() {
        let of = |status, text: &str| said(Answered { status, text: text.into(), wish: None, pages: None });
        assert_eq!(of(200, "ok").verdict, Verdict::Delivered);
        assert_eq!(of(400, "invalid_payload").verdict, Verdict::Refused);
        assert_eq!(of(404, "no_service").verdict, Verdict::Again);
        assert_eq!(of(410, "channel_is_archived").verdict, Verdict::Gone);
        assert!(of(404, "no_service").outcome.contains("Create a new one"));
        assert_eq!(of(502, "<html>").outcome, "Slack answered with 502.");
    }
}
