//! Registration: a user, a workspace they own, and a mail that confirms the address, in one transaction. Whether an
//! address is known shows neither in the answer nor in its time: both cost one hash and one transaction, and only
//! the mailbox learns the difference.

use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::api::{RegisterRequest, Role, SignIn};
use protocol::events::EventKind;
use protocol::objects::Jurisdiction;
use protocol::{UserId, WorkspaceId};
use serde::{Deserialize, Serialize};
use store::links::Purpose;
use store::members::Person;
use store::{Actor, Statement, Tenant, Who, members};
use worker::{Env, Request, Response};

use super::links::{self, Link};
use crate::events::Happened;
use crate::mail::letters;
use crate::{audit, auth, mail, password};

/// Registrations a minute from one address.
const REGISTRATIONS: u32 = 5;

/// What somebody registered with who was not the first to do so with an address that nobody has confirmed. It takes
/// effect with their own link, so whoever reads the mailbox decides whose registration it was.
#[derive(Serialize, Deserialize)]
pub struct Registration {
    pub name: String,
    pub password_hash: String,
}

pub async fn handle(request: &mut Request, env: &Env) -> Result<Response, Failure> {
    let body: RegisterRequest = http::body(request).await?;
    let email = auth::email(&body.email)?;
    let name = auth::name("name", &body.name)?;
    let workspace = match body.workspace.trim() {
        "" => workspace_of(&name),
        given => auth::name("workspace", given)?,
    };
    password::check(&body.password, &[&email, &name])?;
    auth::limit(env, &format!("register address {}", auth::address(request)), REGISTRATIONS).await?;
    auth::limit_hourly(env, &format!("register {email}"), links::MAILS_AN_HOUR).await?;
    let password_hash = auth::hash_password(&body.password)?;
    let (database, registration) = (Relational::of(env)?, Registration { name, password_hash });
    let known = database.first(&members::by_email(&email)).await?;
    if known.is_none() {
        let created = create(request, env, &email, &workspace, &registration)?;
        if let Err(failure) = database.batch(&created).await {
            // Of two registrations at once the second finds the first.
            let row = database.first(&members::by_email(&email)).await?.ok_or(failure)?;
            database.batch(&repeat(request, env, &Person::read(&row)?, &registration)?).await?;
        }
    } else if let Some(row) = known {
        database.batch(&repeat(request, env, &Person::read(&row)?, &registration)?).await?;
    }
    mail::ring(env).await;
    http::data(SignIn::CheckMail { email })
}

/// The name of a workspace that was not named, at most as long as a name may be.
pub fn workspace_of(name: &str) -> String {
    format!("{}'s workspace", name.chars().take(80).collect::<String>())
}

/// A user with a workspace of their own, on the free plan.
pub fn newcomer(
    request: &Request,
    user: &UserId,
    email: &str,
    registration: &Registration,
    workspace: &str,
    verified_at: Option<f64>,
) -> Result<Vec<Statement>, Failure> {
    let Registration { name, password_hash } = registration;
    let mut statements =
        vec![members::create_user(user, email, name, password_hash, verified_at, clock::now_ms())];
    let (_, created) = new_workspace(request, user, name, email, workspace)?;
    statements.extend(created);
    Ok(statements)
}

/// A workspace and its first owner.
pub fn new_workspace(
    request: &Request,
    user: &UserId,
    name: &str,
    email: &str,
    workspace: &str,
) -> Result<(WorkspaceId, Vec<Statement>), Failure> {
    let (id, now) = (random::id(WorkspaceId::ordered), clock::now_ms());
    let tenant = Tenant::of_job(&id);
    let who =
        Who::Member { user_id: user.clone(), name: name.into(), email: email.into(), role: Role::Owner };
    let actor = Actor {
        tenant: tenant.clone(),
        who,
        workspace_name: workspace.into(),
        jurisdiction: Jurisdiction::Anywhere,
        address: auth::address(request),
    };
    let happened = Happened {
        kind: EventKind::WorkspaceCreated,
        agent: None,
        subject: id.as_str(),
        once: "",
        data: serde_json::json!({}),
    };
    let statements = vec![
        members::create_workspace(&id, workspace, "free", now),
        members::create_owner(&id, user, now),
        audit::entry(&actor, "workspace.created", id.as_str(), workspace, &[])?,
        happened.statement(&tenant)?,
    ];
    Ok((id, statements))
}

fn create(
    request: &Request,
    env: &Env,
    email: &str,
    workspace: &str,
    registration: &Registration,
) -> Result<Vec<Statement>, Failure> {
    let user = random::id(UserId::ordered);
    let mut statements = newcomer(request, &user, email, registration, workspace, None)?;
    let link = Link::new(Purpose::VerifyEmail, &user, String::new(), links::VERIFY_MS);
    let address = mail::link(request, env, "verify-email", &link.token)?;
    let letter = letters::verify_email(email, &registration.name, &address);
    statements.extend([link.statement, mail::queue(env, None, Purpose::VerifyEmail.as_str(), &letter)?]);
    Ok(statements)
}

/// What happens instead for an address that is known.
fn repeat(
    request: &Request,
    env: &Env,
    person: &Person,
    registration: &Registration,
) -> Result<Vec<Statement>, Failure> {
    if person.verified {
        let sign_in = format!("{}/app/sign-in", mail::base(request, env)?);
        return Ok(vec![mail::queue(
            env,
            None,
            "account_exists",
            &letters::account_exists(&person.email, &sign_in),
        )?]);
    }
    let payload = serde_json::to_string(registration)?;
    let link = Link::new(Purpose::VerifyEmail, &person.id, payload, links::VERIFY_MS);
    let address = mail::link(request, env, "verify-email", &link.token)?;
    let letter = letters::verify_email(&person.email, &registration.name, &address);
    Ok(vec![link.statement, mail::queue(env, None, Purpose::VerifyEmail.as_str(), &letter)?])
}
