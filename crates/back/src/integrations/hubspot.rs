//! HubSpot: connected by OAuth 2.0, leads become contacts, by their e-mail address.

use domain::delivery::Verdict;
use platform::relational::Relational;
use platform::{Failure, clock, config, seal};
use protocol::api::{FieldMap, IntegrationSettings, Lead, RemoteChoice, RemoteFields};
use protocol::{Code, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use store::{Tenant, integrations};
use url::Url;
use worker::{Env, Method};

use super::{Answered, Connected, News, Secret, Sent, call, field, refused};

/// What we ask to be allowed.
const SCOPES: &str = "oauth crm.objects.contacts.read crm.objects.contacts.write crm.objects.owners.read";
/// A token that ends this soon is renewed before it is used.
const EARLY_MS: f64 = 60_000.0;
/// How long somebody may take to agree.
const STATE_MS: f64 = 600_000.0;
/// What a state is sealed for.
const STATE: &str = "hubspot state";
/// Pages of a list that are read, and lines of each.
const MAX_PAGES: usize = 20;
const PAGE: &str = "100";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
/// Fields of a mapping.
const MAX_MAPPING: usize = 50;

/// What HubSpot knows us by.
#[derive(Clone, Serialize, Deserialize)]
pub struct Tokens {
    pub access_token: String,
    pub refresh_token: String,
    /// In milliseconds.
    pub expires_at: f64,
}

/// What the token endpoint answers.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    refresh_token: String,
    expires_in: f64,
}

/// HubSpot's errors, as far as they are told.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Wrong {
    message: String,
    category: String,
    policy_name: String,
}

/// This installation as HubSpot knows it.
struct Client {
    id: String,
    secret: String,
    api: String,
}

impl Client {
    fn of(env: &Env) -> Result<Self, Failure> {
        let missing = || {
            let message = "This installation is not registered with HubSpot. Its operator sets HUBSPOT_CLIENT_ID and the \
                           secret HUBSPOT_CLIENT_SECRET.";
            Failure::from(Problem::new(Code::Unavailable, message))
        };
        Ok(Self {
            id: config::optional(env, "HUBSPOT_CLIENT_ID").ok_or_else(missing)?,
            secret: config::secret(env, "HUBSPOT_CLIENT_SECRET").map_err(|_| missing())?,
            api: base(env),
        })
    }
}

fn base(env: &Env) -> String {
    let url = config::optional(env, "HUBSPOT_API_URL").unwrap_or_else(|| "https://api.hubapi.com".into());
    url.trim_end_matches('/').to_owned()
}

/// Whether HubSpot can be connected here.
pub fn is_offered(env: &Env) -> bool {
    Client::of(env).is_ok()
}

/// Where the browser goes to agree. The state says whose session asked and when, sealed, so that no other browser's
/// answer can be slipped in.
///
/// # Errors
/// When this installation is not registered with HubSpot.
pub fn authorize(env: &Env, session: &str, back: &str) -> Result<String, Failure> {
    let client = Client::of(env)?;
    let app = config::optional(env, "HUBSPOT_APP_URL").unwrap_or_else(|| "https://app.hubspot.com".into());
    let mut url = Url::parse(&format!("{}/oauth/authorize", app.trim_end_matches('/')))
        .map_err(|_| Failure::Internal("HUBSPOT_APP_URL is no address".into()))?;
    let state = seal::seal(env, STATE, session, &(clock::now_ms() + STATE_MS).to_string())?;
    url.query_pairs_mut()
        .append_pair("client_id", &client.id)
        .append_pair("redirect_uri", back)
        .append_pair("scope", SCOPES)
        .append_pair("state", &state);
    Ok(url.into())
}

/// Whether a state is of this session, and of now.
pub fn is_state(env: &Env, session: &str, state: &str) -> bool {
    let until = seal::open(env, STATE, session, state).ok().and_then(|until| until.parse::<f64>().ok());
    until.is_some_and(|until| until > clock::now_ms())
}

/// Exchanges the code that the browser came back with.
///
/// # Errors
/// `invalid` with what HubSpot said.
pub async fn exchange(env: &Env, code: &str, back: &str) -> Result<Tokens, Failure> {
    granted(env, &[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", back)]).await
}

async fn granted(env: &Env, fields: &[(&str, &str)]) -> Result<Tokens, Failure> {
    let client = Client::of(env)?;
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .append_pair("client_id", &client.id)
        .append_pair("client_secret", &client.secret)
        .finish();
    let headers = [FORM, ("Accept", "application/json")];
    let url = format!("{}/oauth/2026-03/token", client.api);
    let answered = call(Method::Post, &url, &headers, Some(&body)).await.map_err(unavailable)?;
    if answered.status != 200 {
        let said = words(&answered);
        return Err(match answered.status {
            400 | 401 => refused("secret", format!("{said} Connect HubSpot again.")),
            _ => unavailable(said),
        });
    }
    let Granted { access_token, refresh_token, expires_in } = serde_json::from_str(&answered.text)
        .map_err(|_| unavailable("HubSpot's answer has another form than it should.".into()))?;
    Ok(Tokens { access_token, refresh_token, expires_at: clock::now_ms() + expires_in * 1_000.0 })
}

fn unavailable(words: String) -> Failure {
    Problem::new(Code::Unavailable, words).into()
}

/// Takes our access back. It is gone here either way.
pub async fn revoke(env: &Env, connected: &Connected) {
    let Some(Secret::Hubspot(tokens)) = &connected.secret else { return };
    let Ok(client) = Client::of(env) else { return };
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("token", &tokens.refresh_token)
        .append_pair("token_type_hint", "refresh_token")
        .append_pair("client_id", &client.id)
        .append_pair("client_secret", &client.secret)
        .finish();
    let url = format!("{}/oauth/2026-03/token/revoke", client.api);
    match call(Method::Post, &url, &[FORM], Some(&body)).await {
        Ok(Answered { status: 200..=299 | 404, .. }) => {}
        Ok(answered) => platform::log::error("hubspot_not_revoked", None, &answered.status.to_string()),
        Err(reason) => platform::log::error("hubspot_not_revoked", None, &reason),
    }
}

/// A client with a token that is good: renewed where it is about to end, and once more where HubSpot says it has.
struct Session<'a> {
    env: &'a Env,
    tenant: &'a Tenant,
    connected: &'a Connected,
    tokens: Tokens,
}

impl<'a> Session<'a> {
    fn of(env: &'a Env, tenant: &'a Tenant, connected: &'a Connected) -> Result<Self, Failure> {
        match &connected.secret {
            Some(Secret::Hubspot(tokens)) => Ok(Self { env, tenant, connected, tokens: tokens.clone() }),
            _ => Err(Failure::Internal("a HubSpot integration without its tokens".into())),
        }
    }

    async fn renew(&mut self) -> Result<(), Failure> {
        let refresh = self.tokens.refresh_token.clone();
        self.tokens =
            granted(self.env, &[("grant_type", "refresh_token"), ("refresh_token", &refresh)]).await?;
        let id = &self.connected.integration.id;
        // Of before it was stored there is nothing to replace.
        let Some(before) = &self.connected.sealed else { return Ok(()) };
        let sealed = Secret::Hubspot(self.tokens.clone()).sealed(self.env, self.tenant, id)?;
        Relational::of(self.env)?.batch(&[integrations::renew(self.tenant, id, before, &sealed)]).await
    }

    async fn call(&mut self, method: Method, path: &str, body: Option<&Value>) -> Result<Answered, Failure> {
        if self.tokens.expires_at - clock::now_ms() < EARLY_MS {
            self.renew().await?;
        }
        let (url, body) = (format!("{}{path}", base(self.env)), body.map(Value::to_string));
        let mut renewed = false;
        loop {
            let bearer = format!("Bearer {}", self.tokens.access_token);
            let mut headers = vec![("Authorization", bearer.as_str()), ("Accept", "application/json")];
            if body.is_some() {
                headers.push(("Content-Type", "application/json"));
            }
            let answered =
                call(method.clone(), &url, &headers, body.as_deref()).await.map_err(unavailable)?;
            if answered.status != 401 || renewed {
                return Ok(answered);
            }
            renewed = true;
            self.renew().await?;
        }
    }

    /// All of a list, page by page.
    async fn all(&mut self, path: &str) -> Result<Vec<Value>, Failure> {
        let (mut found, mut after) = (Vec::new(), None::<String>);
        for _ in 0..MAX_PAGES {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("limit", PAGE);
            if let Some(after) = &after {
                query.append_pair("after", after);
            }
            let answered = self.call(Method::Get, &format!("{path}?{}", query.finish()), None).await?;
            let mut page: Value = match answered.status {
                200 => serde_json::from_str(&answered.text)?,
                _ => return Err(unavailable(words(&answered))),
            };
            if let Some(Value::Array(results)) = page.get_mut("results").map(Value::take) {
                found.extend(results);
            }
            after = page.pointer("/paging/next/after").and_then(Value::as_str).map(str::to_owned);
            if after.is_none() {
                break;
            }
        }
        Ok(found)
    }
}

/// Asks whose token it is.
///
/// # Errors
/// `invalid` or `unavailable` with what HubSpot said.
pub async fn verify(env: &Env, tenant: &Tenant, connected: &Connected) -> Result<String, Failure> {
    let mut session = Session::of(env, tenant, connected)?;
    let answered = session.call(Method::Get, "/account-info/v3/details", None).await?;
    if answered.status != 200 {
        return Err(refused("secret", words(&answered)));
    }
    let details: Value = serde_json::from_str(&answered.text)?;
    let portal = details.get("portalId").map(Value::to_string).unwrap_or_default();
    let domain = details.get("uiDomain").and_then(Value::as_str).unwrap_or("hubspot.com");
    Ok(format!("{portal} at {domain}"))
}

/// What fields of a lead can be mapped to, and who can own contacts.
///
/// # Errors
/// When HubSpot does not answer.
pub async fn fields(env: &Env, tenant: &Tenant, connected: &Connected) -> Result<RemoteFields, Failure> {
    let mut session = Session::of(env, tenant, connected)?;
    let text = |one: &Value, name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let is = |one: &Value, path: &str| one.pointer(path).and_then(Value::as_bool).unwrap_or_default();
    let properties = session.all("/crm/v3/properties/contacts").await?;
    let properties = properties
        .iter()
        .filter(|one| {
            !is(one, "/hidden") && !is(one, "/calculated") && !is(one, "/modificationMetadata/readOnlyValue")
        })
        .map(|one| RemoteChoice { id: text(one, "name"), label: text(one, "label") })
        .collect();
    let owners = session.all("/crm/v3/owners").await?;
    let owners = owners
        .iter()
        .map(|one| {
            let name = format!("{} {}", text(one, "firstName"), text(one, "lastName"));
            let label = if name.trim().is_empty() { text(one, "email") } else { name.trim().to_owned() };
            RemoteChoice { id: text(one, "id"), label }
        })
        .collect();
    Ok(RemoteFields { properties, owners })
}

/// Makes a lead's person a contact, or changes the one that has the address.
///
/// # Errors
/// When the database does not answer.
pub async fn send(env: &Env, tenant: &Tenant, connected: &Connected, news: &News) -> Result<Sent, Failure> {
    let News::Lead(lead) = news else {
        return Ok(match verify(env, tenant, connected).await {
            Ok(account) => Sent::without_call(Verdict::Delivered, format!("HubSpot answers for {account}.")),
            Err(failure) => Sent::without_call(Verdict::Again, failure.to_problem().message),
        });
    };
    if lead.email.is_empty() {
        let message = "The lead has no e-mail address, by which HubSpot knows contacts. Nothing was sent.";
        return Ok(Sent::without_call(Verdict::Refused, message));
    }
    let body = upsert(lead, &connected.integration.settings, &|name| field(env, lead, name));
    let mut session = Session::of(env, tenant, connected)?;
    let answered =
        match session.call(Method::Post, "/crm/v3/objects/contacts/batch/upsert", Some(&body)).await {
            Ok(answered) => answered,
            Err(Failure::Problem(problem)) => return Ok(Sent::without_call(Verdict::Again, problem.message)),
            Err(failure) => return Err(failure),
        };
    Ok(judged(answered))
}

/// The upsert of one contact. What a lead lacks is left as it is there.
fn upsert(lead: &Lead, settings: &IntegrationSettings, field: &dyn Fn(&str) -> String) -> Value {
    let mut properties = Map::new();
    for FieldMap { from, to } in &settings.mapping {
        let value = field(from);
        if !value.is_empty() {
            properties.insert(to.clone(), Value::String(value));
        }
    }
    properties.insert("email".into(), Value::String(lead.email.clone()));
    if !settings.owner.is_empty() {
        properties.insert("hubspot_owner_id".into(), Value::String(settings.owner.clone()));
    }
    json!({ "inputs": [{ "idProperty": "email", "id": lead.email, "properties": properties }] })
}

fn judged(mut answered: Answered) -> Sent {
    let read: Value = serde_json::from_str(&answered.text).unwrap_or_default();
    let id = read.pointer("/results/0/id").and_then(Value::as_str);
    let said = match answered.status {
        // Several of several: the one that was sent has failed.
        200 | 201 | 207 => match id {
            Some(id) => {
                let is_new = read.pointer("/results/0/new").and_then(Value::as_bool).unwrap_or_default();
                format!("{} contact {id}.", if is_new { "Made" } else { "Changed" })
            }
            None => {
                answered.status = 400;
                let said = read.pointer("/errors/0/message").and_then(Value::as_str);
                format!("HubSpot says: {}", said.unwrap_or("the contact was not taken."))
            }
        },
        _ => words(&answered),
    };
    let refused = answered.status == 400;
    if answered.status == 429 {
        answered.wish = answered.wish.or_else(|| pause(&answered.text));
    }
    let mut sent = Sent::of(answered, Some(said));
    if refused {
        sent.verdict = Verdict::Refused;
    }
    // The answer repeats the person; what became of it is said.
    sent.answer = String::new();
    sent
}

/// How long a limit lasts, by its name.
fn pause(text: &str) -> Option<u64> {
    let wrong: Wrong = serde_json::from_str(text).unwrap_or_default();
    match wrong.policy_name.as_str() {
        "SECONDLY" => Some(1_000),
        "TEN_SECONDLY_ROLLING" => Some(10_000),
        "DAILY" => Some(3_600_000),
        _ => None,
    }
}

/// What an error says, with what to do about it.
fn words(answered: &Answered) -> String {
    let wrong: Wrong = serde_json::from_str(&answered.text).unwrap_or_default();
    let message: String = wrong.message.chars().take(300).collect();
    match (answered.status, wrong.category.as_str()) {
        (429, _) => format!("HubSpot asks us to wait ({}).", wrong.policy_name.to_lowercase()),
        (401, _) => format!("HubSpot does not let us in: {message} Connect it again."),
        (403, "MISSING_SCOPES") => {
            "HubSpot did not allow us to write contacts. Connect it again and agree to all it asks.".into()
        }
        (status, _) if message.is_empty() => format!("HubSpot answered with {status}."),
        (status, _) => format!("HubSpot answered with {status}: {message}"),
    }
}

/// What leads become before a member says otherwise.
pub fn usual() -> IntegrationSettings {
    let pairs = [("first_name", "firstname"), ("last_name", "lastname"), ("phone", "phone")];
    let mapping = pairs.map(|(from, to)| FieldMap { from: from.into(), to: to.into() }).to_vec();
    IntegrationSettings { mapping, ..IntegrationSettings::default() }
}

/// Settings that can be stored.
///
/// # Errors
/// `invalid` for the field.
pub fn accepted(settings: IntegrationSettings) -> Result<IntegrationSettings, Failure> {
    let IntegrationSettings { mapping, owner, .. } = settings;
    let plain = |name: &str| {
        (1..=100).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if mapping.len() > MAX_MAPPING {
        return Err(refused("settings.mapping", format!("Map at most {MAX_MAPPING} fields.")));
    }
    for (place, FieldMap { from, to }) in mapping.iter().enumerate() {
        let at = format!("settings.mapping[{place}]");
        let known = protocol::api::LEAD_FIELDS.contains(&from.as_str())
            || from.strip_prefix("answer:").is_some_and(|key| (1..=100).contains(&key.len()));
        if !known {
            return Err(refused(&at, "There is no such field of a lead."));
        }
        if !plain(to) {
            return Err(refused(&at, "Choose the property of the contact it becomes."));
        }
        if to == "email" && from != "email" {
            return Err(refused(
                &at,
                "The address is by what HubSpot knows contacts: it is always the lead's own.",
            ));
        }
        if mapping.iter().filter(|other| other.to == *to).count() > 1 {
            return Err(refused(&at, "Two fields become the same property. Leave one of them out."));
        }
    }
    if owner.len() > 30 || owner.bytes().any(|byte| !byte.is_ascii_digit()) {
        return Err(refused("settings.owner", "This is no owner of HubSpot's."));
    }
    Ok(IntegrationSettings { mapping, owner, ..IntegrationSettings::default() })
}
