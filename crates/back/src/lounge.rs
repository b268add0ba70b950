//! What the `Lounge` is told, and what it asks: who may enter, who waits. Nobody waits for it, and a word that is lost
//! is found in the relations.

use std::cell::RefCell;
use std::collections::HashMap;

use platform::relational::Relational;
use platform::{Failure, clock, log, objects};
use protocol::handover::Attendant;
use protocol::internal::{EnterLounge, Expel, LoungeHome, LoungePass, Recorded, WhoWaits, WhoWaitsReply};
use protocol::objects::lounge;
use protocol::permission::Permission;
use protocol::{Code, ConversationId, Problem, UserId};
use store::{Actor, Tenant, Who, conversations};
use worker::{Env, Headers, Request, RequestInit};

use crate::auth;

/// A lounge where nobody was is not told of records for this long.
const EMPTY_MS: f64 = 5_000.0;
/// Conversations that can wait in one workspace and be known of.
const WAITING: u32 = 500;

thread_local! {
    /// Lounges where nobody was, until when that is believed.
    static EMPTY: RefCell<HashMap<String, f64>> = RefCell::new(HashMap::new());
}

/// Lets the member in whose session the cookie is, under the same rules as their other requests.
///
/// # Errors
/// `sign_in_required`, `forbidden`.
pub async fn enter(env: &Env, message: &EnterLounge) -> Result<LoungePass, Failure> {
    let headers = Headers::new();
    headers.set("Cookie", &message.cookie)?;
    let mut init = RequestInit::new();
    init.with_headers(headers);
    let request = Request::new_with_init("https://back/", &init)?;
    let actor = auth::actor(&request, env, Permission::ConversationsRead).await?;
    let Who::Member { user_id, name, .. } = actor.who else {
        return Err(Problem::new(Code::Forbidden, "This socket is for members, not for keys.").into());
    };
    let home =
        LoungeHome { workspace_id: actor.tenant.workspace().clone(), jurisdiction: actor.jurisdiction };
    Ok(LoungePass { home, member: Attendant { id: user_id.to_string(), name } })
}

/// Who waits for a person, as the relations have it.
///
/// # Errors
/// When the database does not answer.
pub async fn who_waits(env: &Env, message: &WhoWaits) -> Result<WhoWaitsReply, Failure> {
    let statement = conversations::waiting(&Tenant::of_job(&message.workspace_id), WAITING);
    let rows = Relational::of(env)?.rows(&statement).await?;
    Ok(WhoWaitsReply { waiting: rows.iter().map(conversations::read_waiter).collect::<Result<_, _>>()? })
}

/// The routes have something new about conversations.
pub async fn recorded(env: &Env, home: LoungeHome, conversations: Vec<ConversationId>) {
    let key = home.workspace_id.to_string();
    let now = clock::now_ms();
    if EMPTY.with_borrow(|empty| empty.get(&key).is_some_and(|until| *until > now)) {
        return;
    }
    let object = lounge(&home.workspace_id, home.jurisdiction);
    let message = Recorded { home, conversations };
    match objects::call(env, "LOUNGE", &object, &message).await {
        Ok(reply) => EMPTY.with_borrow_mut(|empty| {
            empty.retain(|_, until| *until > now);
            if !reply.heard {
                empty.insert(key, now + EMPTY_MS);
            }
        }),
        Err(failure) => log::error("lounge_not_told", Some(&key), &failure.to_string()),
    }
}

/// What a member may do has changed: their sockets end, and who may comes again.
pub async fn expel(env: &Env, actor: &Actor, user: &UserId) {
    let object = lounge(actor.tenant.workspace(), actor.jurisdiction);
    let message = Expel { member_id: user.to_string() };
    if let Err(failure) = objects::call(env, "LOUNGE", &object, &message).await {
        log::error("lounge_not_told", Some(actor.tenant.workspace().as_str()), &failure.to_string());
    }
}
