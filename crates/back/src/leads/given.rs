//! What a visitor gave, checked: each field by its kind, addresses and numbers by the libraries that know them.

use std::collections::BTreeMap;
use std::str::FromStr;

use domain::language::Language;
use domain::leads::{Wrong, wrong};
use email_address::{EmailAddress, Options};
use phonenumber::country::Id as Country;
use phonenumber::{Mode, is_valid, parse};
use protocol::agent::{AgentSnapshot, LeadField, LeadFieldKind};
use protocol::api::{LeadAnswer, LeadUpdate};
use protocol::lead::LeadValues;
use protocol::{Code, Problem};

/// The longest answers, in characters.
const LINE: usize = 200;
const LONG: usize = 4_000;

/// Who a person says they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    /// Lower case.
    pub email: String,
    /// E.164.
    pub phone: String,
}

/// A form that can be taken.
pub struct Accepted {
    pub person: Person,
    pub answers: Vec<LeadAnswer>,
}

/// An address as it is stored, if it is one that can be written to over the internet.
pub fn email(given: &str) -> Option<String> {
    let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
    let address = EmailAddress::parse_with_options(given.trim(), options).ok()?;
    Some(address.as_str().to_lowercase())
}

/// A number in E.164, if there can be one like it. Without a country's code it is one of `home`.
pub fn phone(given: &str, home: Option<Country>) -> Option<String> {
    let given = given.trim();
    let abroad = given.strip_prefix("00").map(|rest| format!("+{rest}"));
    let number = parse(home, abroad.as_deref().unwrap_or(given)).ok()?;
    is_valid(&number).then(|| number.format().mode(Mode::E164).to_string())
}

/// The country of numbers without a code: that of the business's own number, or the one its language is mostly from.
pub fn home(business_phone: &str, agent: &AgentSnapshot) -> Option<Country> {
    let own = parse(None, business_phone).ok().and_then(|number| number.country().id());
    own.or_else(|| {
        let tag = agent.language.as_str();
        let region = tag.split('-').skip(1).find(|part| part.len() == 2);
        region.and_then(|region| Country::from_str(&region.to_ascii_uppercase()).ok()).or(
            match Language::from_tag(tag)? {
                Language::En => Some(Country::US),
                Language::Es => Some(Country::ES),
                Language::Fr => Some(Country::FR),
                Language::De => Some(Country::DE),
                Language::Pt => Some(Country::BR),
                Language::Ja => Some(Country::JP),
                Language::Zh => Some(Country::CN),
                Language::He => Some(Country::IL),
                Language::Ar => None,
            },
        )
    })
}

/// Checks a form against the agent's fields.
///
/// # Errors
/// `invalid`, with what is wrong with each field.
pub fn form(
    agent: &AgentSnapshot,
    home: Option<Country>,
    values: &LeadValues,
    consent: bool,
) -> Result<Accepted, Problem> {
    let language = Language::from_tag(&agent.language).unwrap_or(Language::En);
    let mut fields = BTreeMap::new();
    let mut accepted = Accepted { person: Person::default(), answers: Vec::new() };
    for field in &agent.lead_fields {
        let given = values.get(&field.key).map(String::as_str).unwrap_or_default().trim();
        match value(field, home, given) {
            Ok(value) if value.is_empty() => {}
            Ok(value) => take(&mut accepted, field, value),
            Err(what) => {
                fields.insert(field.key.clone(), wrong(what, language).to_owned());
            }
        }
    }
    if !agent.lead_consent.trim().is_empty() && !consent {
        fields.insert("consent".into(), wrong(Wrong::Consent, language).to_owned());
    }
    if fields.is_empty() && accepted.answers.is_empty() {
        let first = agent.lead_fields.first().map(|field| field.key.clone()).unwrap_or_default();
        fields.insert(first, wrong(Wrong::Missing, language).to_owned());
    }
    match fields.iter().next().map(|(key, message)| (key.clone(), message.clone())) {
        None => Ok(accepted),
        Some((key, message)) => {
            Err(Problem { field: Some(key), fields, ..Problem::new(Code::Invalid, message) })
        }
    }
}

/// Checks what a program says of a person as the form is checked: each field by its kind, answers by the agent's fields.
///
/// # Errors
/// `invalid`, with what is wrong with each field.
pub fn told(agent: &AgentSnapshot, home: Option<Country>, given: &LeadUpdate) -> Result<Accepted, Problem> {
    let mut fields = BTreeMap::new();
    let mut checked = |key: &str, field: &LeadField, given: &str| match value(field, home, given.trim()) {
        Ok(value) => value,
        Err(what) => {
            fields.insert(key.to_owned(), wrong(what, Language::En).to_owned());
            String::new()
        }
    };
    let person = Person {
        name: checked("name", &plain("name", LeadFieldKind::Text), &given.name),
        email: checked("email", &plain("email", LeadFieldKind::Email), &given.email),
        phone: checked("phone", &plain("phone", LeadFieldKind::Phone), &given.phone),
    };
    let mut values = proposed(agent, &person);
    let mut unknown = Vec::new();
    for (key, answer) in given.answers.iter().filter(|(_, answer)| !answer.trim().is_empty()) {
        match agent.lead_fields.iter().find(|field| field.key == *key) {
            Some(field) => {
                values.insert(key.clone(), checked(&format!("answers.{key}"), field, answer));
            }
            None => unknown.push(format!("answers.{key}")),
        }
    }
    fields.extend(unknown.into_iter().map(|key| (key, "The agent's form has no such field.".to_owned())));
    match fields.iter().next().map(|(key, message)| (key.clone(), message.clone())) {
        None => Ok(confirmed(agent, &values)),
        Some((key, message)) => {
            Err(Problem { field: Some(key), fields, ..Problem::new(Code::Invalid, message) })
        }
    }
}

fn plain(key: &str, kind: LeadFieldKind) -> LeadField {
    LeadField { key: key.to_owned(), label: key.to_owned(), kind, required: false, options: Vec::new() }
}

fn value(field: &LeadField, home: Option<Country>, given: &str) -> Result<String, Wrong> {
    if given.is_empty() {
        return if field.required { Err(Wrong::Missing) } else { Ok(String::new()) };
    }
    let most = if field.kind == LeadFieldKind::LongText { LONG } else { LINE };
    if given.chars().count() > most {
        return Err(Wrong::TooLong);
    }
    match field.kind {
        LeadFieldKind::Email => email(given).ok_or(Wrong::Email),
        LeadFieldKind::Phone => phone(given, home).ok_or(Wrong::Phone),
        LeadFieldKind::Choice if !field.options.iter().any(|option| option == given) => Err(Wrong::Choice),
        LeadFieldKind::LongText => Ok(given.to_owned()),
        LeadFieldKind::Text | LeadFieldKind::Choice => {
            Ok(given.split_whitespace().collect::<Vec<_>>().join(" "))
        }
    }
}

fn take(accepted: &mut Accepted, field: &LeadField, value: String) {
    let person = &mut accepted.person;
    let place = match field.kind {
        LeadFieldKind::Email => Some(&mut person.email),
        LeadFieldKind::Phone => Some(&mut person.phone),
        LeadFieldKind::Text if is_name(field) => Some(&mut person.name),
        _ => None,
    };
    if let Some(place) = place.filter(|place| place.is_empty()) {
        place.clone_from(&value);
    }
    accepted.answers.push(LeadAnswer { key: field.key.clone(), label: field.label.clone(), value });
}

fn is_name(field: &LeadField) -> bool {
    matches!(field.key.as_str(), "name" | "full_name" | "fullname" | "your_name" | "contact_name")
}

/// What was found in a conversation, by the keys of the agent's fields.
pub fn proposed(agent: &AgentSnapshot, person: &Person) -> LeadValues {
    let key = |fits: &dyn Fn(&LeadField) -> bool, otherwise: &str| {
        agent
            .lead_fields
            .iter()
            .find(|field| fits(field))
            .map_or(otherwise.to_owned(), |field| field.key.clone())
    };
    let email = key(&|field| field.kind == LeadFieldKind::Email, "email");
    let phone = key(&|field| field.kind == LeadFieldKind::Phone, "phone");
    let name = key(&is_name, "name");
    [(email, &person.email), (phone, &person.phone), (name, &person.name)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (key, value.clone()))
        .collect()
}

/// What a visitor confirmed: proposed before, so of no other keys and checked already.
pub fn confirmed(agent: &AgentSnapshot, values: &LeadValues) -> Accepted {
    let mut accepted = Accepted { person: Person::default(), answers: Vec::new() };
    for (key, value) in values {
        let kind = match key.as_str() {
            "email" => LeadFieldKind::Email,
            "phone" => LeadFieldKind::Phone,
            _ => LeadFieldKind::Text,
        };
        let plain = plain(key, kind);
        let field = agent.lead_fields.iter().find(|field| field.key == *key).unwrap_or(&plain);
        take(&mut accepted, field, value.clone());
    }
    accepted
}
