//! Invitations: a mailed link that makes its reader a member, once.

use platform::relational::Relational;
use platform::{Failure, clock, http, random};
use protocol::api::{AcceptInvitation, Invitation, InvitationPreview, NewInvitation, Role, TokenRequest};
use protocol::events::EventKind;
use protocol::permission::Permission;
use protocol::{Code, InvitationId, Problem, UserId};
use serde_json::json;
use store::invitations::{self, Found};
use store::{Account, Actor, Who, members};
use worker::{Env, Request, Response};

use super::members::may_touch;
use super::{conflict, member, role_name};
use crate::audit::{change, entry};
use crate::events::Happened;
use crate::mail::{self, Mail};
use crate::routes::{done, found, session};
use crate::{auth, password};

const GOOD_FOR_MS: f64 = 7.0 * 24.0 * 60.0 * 60.0 * 1_000.0;
/// Invitations that a workspace sends a minute: mails go to people who did not ask.
const A_MINUTE: u32 = 20;
/// Links tried a minute from one address.
const TRIES: u32 = 30;

pub async fn list(env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let (rows, now) = (Relational::of(env)?.rows(&invitations::list(&actor.tenant)).await?, clock::now_ms());
    http::page(rows.iter().map(|row| invitations::read(row, now)).collect::<Result<Vec<_>, _>>()?, None)
}

pub async fn invite(request: &mut Request, env: &Env, actor: &Actor) -> Result<Response, Failure> {
    let body: NewInvitation = http::body(request).await?;
    let email = auth::email(&body.email)?;
    may_touch(&member(actor)?, body.role)?;
    limit(env, actor).await?;
    let (id, token, now) = (random::id(InvitationId::ordered), auth::token(), clock::now_ms());
    let new = invitations::NewInvitation {
        id: &id,
        email: &email,
        role: body.role,
        token_digest: &auth::digest(&token),
        invited_by: actor.name(),
        now,
        expires_at: now + GOOD_FOR_MS,
    };
    let mut statements = invitations::invite(&actor.tenant, &new).to_vec();
    let changes = [change("role", None, Some(role_name(body.role)))];
    statements.push(entry(actor, "invitation.sent", id.as_str(), &email, &changes)?);
    statements.push(letter(request, env, actor, &email, body.role, &token)?);
    if !Relational::of(env)?.attempt(&statements).await? {
        let problem = Problem::new(Code::Conflict, "Somebody with this address is a member already.");
        return Err(Problem { field: Some("email".into()), ..problem }.into());
    }
    mail::ring(env).await;
    http::data(one(env, actor, id.as_str()).await?)
}

pub async fn resend(
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    invitation: &str,
) -> Result<Response, Failure> {
    let invitation = one(env, actor, invitation).await?;
    may_touch(&member(actor)?, invitation.role)?;
    limit(env, actor).await?;
    let (token, now) = (auth::token(), clock::now_ms());
    let mut statements =
        invitations::renew(&actor.tenant, &invitation.id, &auth::digest(&token), now + GOOD_FOR_MS).to_vec();
    statements.push(entry(actor, "invitation.resent", invitation.id.as_str(), &invitation.email, &[])?);
    statements.push(letter(request, env, actor, &invitation.email, invitation.role, &token)?);
    if !Relational::of(env)?.attempt(&statements).await? {
        return Err(gone());
    }
    mail::ring(env).await;
    http::data(one(env, actor, invitation.id.as_str()).await?)
}

pub async fn revoke(env: &Env, actor: &Actor, invitation: &str) -> Result<Response, Failure> {
    let invitation = one(env, actor, invitation).await?;
    may_touch(&member(actor)?, invitation.role)?;
    let mut statements = invitations::revoke(&actor.tenant, &invitation.id).to_vec();
    let changes = [change("role", Some(role_name(invitation.role)), None)];
    statements.push(entry(actor, "invitation.revoked", invitation.id.as_str(), &invitation.email, &changes)?);
    if Relational::of(env)?.attempt(&statements).await? { done() } else { Err(gone()) }
}

async fn one(env: &Env, actor: &Actor, invitation: &str) -> Result<Invitation, Failure> {
    let id: InvitationId = invitation.parse()?;
    let row = found(Relational::of(env)?.first(&invitations::one(&actor.tenant, &id)).await?)?;
    Ok(invitations::read(&row, clock::now_ms())?)
}

async fn limit(env: &Env, actor: &Actor) -> Result<(), Failure> {
    auth::limit(env, &format!("invitations {}", actor.tenant.workspace()), A_MINUTE).await
}

fn gone() -> Failure {
    conflict("This invitation was accepted or taken back meanwhile. Reload the list.")
}

fn letter(
    request: &Request,
    env: &Env,
    actor: &Actor,
    email: &str,
    role: Role,
    token: &str,
) -> Result<store::Statement, Failure> {
    let link = mail::link(request, env, "invitation", token)?;
    let (inviter, workspace) = (actor.name(), actor.workspace_name.as_str());
    let may: Vec<String> = Permission::ALL
        .iter()
        .filter(|permission| domain::permissions::allows(role, **permission))
        .map(|permission| format!("- {}", permission.describe()))
        .collect();
    let text = format!(
        "{inviter} invites you to the workspace “{workspace}” as {}.\n\nAccept the invitation:\n\n\
         {link}\n\nThe link is good for seven days and can be used once. \
         As {} you may:\n{}\n\nIf you do not know {inviter}, you need not do anything.\n",
        role_name(role),
        role_name(role),
        may.join("\n"),
    );
    let subject = format!("{inviter} invites you to {workspace}");
    let mail = Mail { to: email.to_owned(), subject, text };
    mail::queue(env, Some(actor.tenant.workspace()), "invitation", &mail)
}

/// `POST /v1/auth/invitation`: to the holder of the link alone.
pub async fn preview_invitation(mut request: Request, env: &Env) -> Result<Response, Failure> {
    let body: TokenRequest = http::body(&mut request).await?;
    let invitation = by_token(&request, env, &body.token).await?;
    http::data(InvitationPreview {
        workspace_name: invitation.workspace_name,
        invited_by: invitation.invited_by,
        email: invitation.email,
        role: invitation.role,
        account_exists: invitation.user.is_some(),
    })
}

/// `POST /v1/auth/invitation/accept`: signed in with the invited address, or with a name and a password for a new
/// account.
pub async fn accept_invitation(mut request: Request, env: &Env) -> Result<Response, Failure> {
    let body: AcceptInvitation = http::body(&mut request).await?;
    let invitation = by_token(&request, env, &body.token).await?;
    let account = match auth::account(&request, env).await {
        Ok(account) => Some(account),
        Err(Failure::Problem(problem)) if problem.code == Code::SignInRequired => None,
        Err(failure) => return Err(failure),
    };
    match account {
        Some(account) => join(&request, env, &invitation, &body.token, &account).await,
        None => sign_up(&request, env, &invitation, body).await,
    }
}

async fn by_token(request: &Request, env: &Env, token: &str) -> Result<Found, Failure> {
    auth::limit(env, &format!("invitation {}", auth::address(request)), TRIES).await?;
    let statement = invitations::by_token(&auth::digest(token), clock::now_ms());
    let row = Relational::of(env)?.first(&statement).await?.ok_or_else(link_invalid)?;
    Ok(invitations::read_found(&row)?)
}

fn link_invalid() -> Failure {
    let message = "This invitation has expired, was taken back or used already. Ask for a new one.";
    Problem::new(Code::LinkInvalid, message).into()
}

async fn join(
    request: &Request,
    env: &Env,
    invitation: &Found,
    token: &str,
    account: &Account,
) -> Result<Response, Failure> {
    if account.email != invitation.email {
        return Err(conflict(&format!(
            "You are signed in as {}, and the invitation is for {}. Sign out and open the link again.",
            account.email, invitation.email
        )));
    }
    if !account.email_verified {
        return Err(conflict("Confirm your e-mail address first: follow the link that we mailed you."));
    }
    let statements = joining(request, invitation, token, &account.user_id, &account.name, None)?;
    if !Relational::of(env)?.attempt(&statements).await? {
        // Used up meanwhile, or they joined by another way.
        by_token(request, env, token).await?;
        return Err(conflict("You are a member of this workspace already."));
    }
    // The session of before could do less; it is replaced.
    Relational::of(env)?.batch(&[members::close_session(&account.session_digest)]).await?;
    signed_in(request, env, invitation, &account.user_id).await
}

async fn sign_up(
    request: &Request,
    env: &Env,
    invitation: &Found,
    body: AcceptInvitation,
) -> Result<Response, Failure> {
    if invitation.user.is_some() {
        return Err(sign_in_first(&invitation.email));
    }
    let typed = body.name.unwrap_or_default();
    let own_name = &auth::name("name", &typed)?;
    let chosen = body.password.unwrap_or_default();
    password::check(&chosen, &[&invitation.email, own_name])?;
    let (user, now) = (random::id(UserId::ordered), clock::now_ms());
    let hash = auth::hash_password(&chosen)?;
    // Who has the mailed link reads the mailbox: the address is confirmed.
    let create = members::create_user(&user, &invitation.email, own_name, &hash, Some(now), now);
    let statements = joining(request, invitation, &body.token, &user, own_name, Some(create))?;
    if !Relational::of(env)?.attempt(&statements).await? {
        // Used up meanwhile, or the address got an account by another way.
        by_token(request, env, &body.token).await?;
        return Err(sign_in_first(&invitation.email));
    }
    signed_in(request, env, invitation, &user).await
}

/// The membership, the end of the invitation and its line in the log: all, or none where another was faster.
fn joining(
    request: &Request,
    invitation: &Found,
    token: &str,
    user: &UserId,
    own_name: &str,
    create: Option<store::Statement>,
) -> Result<Vec<store::Statement>, Failure> {
    let actor = Actor {
        tenant: invitation.tenant.clone(),
        who: Who::Member {
            user_id: user.clone(),
            name: own_name.to_owned(),
            email: invitation.email.clone(),
            role: invitation.role,
        },
        workspace_name: invitation.workspace_name.clone(),
        jurisdiction: invitation.jurisdiction,
        address: auth::address(request),
    };
    let mut statements: Vec<_> = create.into_iter().collect();
    statements.extend(invitations::accept(&invitation.tenant, &auth::digest(token), user, clock::now_ms()));
    let changes = [
        change("role", None, Some(role_name(invitation.role))),
        change("invited_by", None, Some(&invitation.invited_by)),
    ];
    statements.push(entry(&actor, "member.joined", user.as_str(), own_name, &changes)?);
    let joined = Happened {
        kind: EventKind::MemberJoined,
        agent: None,
        subject: user.as_str(),
        once: invitation.id.as_str(),
        data: json!({ "role": invitation.role }),
    };
    statements.push(joined.statement(&invitation.tenant)?);
    Ok(statements)
}

fn sign_in_first(email: &str) -> Failure {
    conflict(&format!("There is an account for {email}. Sign in as {email} first, then open the link again."))
}

async fn signed_in(
    request: &Request,
    env: &Env,
    invitation: &Found,
    user: &UserId,
) -> Result<Response, Failure> {
    let cookie = auth::open_session(request, env, user, invitation.tenant.workspace()).await?;
    session::signed_in(env, &cookie).await
}
