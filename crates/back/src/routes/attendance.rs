//! What members do in a conversation: the object decides, the relations and the audit log are told in one batch.

use platform::relational::Relational;
use platform::{Failure, clock, http, objects, random};
use protocol::api::{ConversationSummary, NewNote, Reply, TranscriptRequest};
use protocol::frame::valid_message_id;
use protocol::handover::{Attendant, Handover, Message, Speaker, Standing};
use protocol::internal::{
    Act, Attend, AttendReply, ConversationIdentity, LoungeHome, MessageRecord, Store, Transcript,
    TranscriptReply,
};
use protocol::objects::{archive, conversation};
use protocol::routes::RouteId as R;
use protocol::{Code, ConversationId, MessageId, Problem};
use sha2::{Digest, Sha256};
use store::{Actor, Who, conversations, templates};
use worker::{Env, Request, Response};

use super::{done, found};
use crate::mail::{self, letters};
use crate::{audit, auth, lounge};

pub async fn handle(
    id: R,
    request: &mut Request,
    env: &Env,
    actor: &Actor,
    conversation: &str,
) -> Result<Response, Failure> {
    let known: ConversationId = conversation.parse()?;
    let row = found(Relational::of(env)?.first(&conversations::one(&actor.tenant, &known)).await?)?;
    let room = Room { env, actor, summary: conversations::read(&row)? };
    match id {
        R::ClaimConversation => http::data(room.moved(Act::Claim, "conversation.claimed").await?),
        R::HandBackConversation => http::data(room.moved(Act::HandBack, "conversation.handed_back").await?),
        R::ResolveConversation => http::data(room.moved(Act::Resolve, "conversation.resolved").await?),
        R::ReplyConversation => http::data(room.reply(http::body(request).await?).await?),
        R::TypingConversation => {
            room.attend(Act::Typing).await?;
            done()
        }
        R::NoteConversation => http::data(room.note(http::body(request).await?).await?),
        R::MailTranscript => {
            room.mail(http::body(request).await?).await?;
            done()
        }
        _ => Err(Failure::Internal("a route of conversations has no handler".into())),
    }
}

/// One conversation of the actor's workspace.
struct Room<'a> {
    env: &'a Env,
    actor: &'a Actor,
    summary: ConversationSummary,
}

impl Room<'_> {
    /// Asks the conversation's object.
    async fn attend(&self, act: Act) -> Result<AttendReply, Failure> {
        let (actor, summary) = (self.actor, &self.summary);
        let object =
            conversation(actor.tenant.workspace(), &summary.agent_id, &summary.id, actor.jurisdiction);
        let (id, name) = match &actor.who {
            Who::Member { user_id, name, .. } => (user_id.to_string(), name.clone()),
            // Visitors talk to the business, not to the name of a key.
            Who::Key { id, .. } => (id.to_string(), actor.workspace_name.clone()),
        };
        let message = Attend { by: Attendant { id, name }, act };
        let reply = objects::call(self.env, "CONVERSATION", &object, &message).await?;
        if !reply.present && !matches!(message.act, Act::Resolve) {
            let words = "The visitor left more than a day ago. Resolve the conversation, or mail them.";
            return Err(Problem::new(Code::Conflict, words).into());
        }
        Ok(reply)
    }

    async fn moved(&self, act: Act, action: &str) -> Result<Handover, Failure> {
        let (tenant, summary) = (&self.actor.tenant, &self.summary);
        let reply = self.attend(act).await?;
        // Nobody is there who would change it any more, so it is changed here.
        let (handover, at) = if reply.present {
            (reply.handover, reply.at)
        } else {
            let now = clock::now_ms();
            let handover = Handover { standing: Standing::Resolved, since: now, ..summary.handover.clone() };
            (Handover { member: None, ..handover }, now)
        };
        let mut statements = conversations::note_handover(tenant, &summary.id, &handover, at);
        statements.push(self.audit(action)?);
        Relational::of(self.env)?.batch(&statements).await?;
        Ok(handover)
    }

    fn audit(&self, action: &str) -> Result<store::Statement, Failure> {
        audit::entry(self.actor, action, self.summary.id.as_str(), &self.summary.first_question, &[])
    }

    async fn reply(&self, body: Reply) -> Result<Message, Failure> {
        let id = body.id.unwrap_or_else(|| random::id(MessageId::ordered).to_string());
        if !valid_message_id(&id) {
            let words = "A message id has 8 to 64 characters of A-Z, a-z, 0-9, - and _.";
            return Err(Problem::field("id", words).into());
        }
        let text = domain::question::accept(&body.text)?;
        let reply = self.attend(Act::Reply { id, text }).await?;
        let message = reply.message.ok_or_else(|| Failure::Internal("a reply was not said".into()))?;
        let mut statements = vec![self.audit("conversation.replied")?];
        let template = body.template_id.as_ref();
        statements
            .extend(template.map(|id| templates::used(&self.actor.tenant, id, &message.id, message.at)));
        Relational::of(self.env)?.batch(&statements).await?;
        Ok(message)
    }

    /// For members alone: it never passes the conversation's object. The same id is noted once.
    async fn note(&self, body: NewNote) -> Result<Message, Failure> {
        let (actor, summary) = (self.actor, &self.summary);
        let archive = archive(actor.tenant.workspace(), actor.jurisdiction);
        let text = domain::question::accept(&body.text)?;
        let id = match &body.id {
            Some(id) if valid_message_id(id) => once(&summary.id, id),
            Some(_) => {
                let words = "A note's id has 8 to 64 characters of A-Z, a-z, 0-9, - and _.";
                return Err(Problem::field("id", words).into());
            }
            None => random::id(MessageId::ordered),
        };
        if body.id.is_some() {
            let message = Transcript { conversation_id: summary.id.clone() };
            let said = objects::call(self.env, "ARCHIVE", &archive, &message).await?.messages;
            if let Some(noted) = said.into_iter().find(|message| message.id == id) {
                return Ok(noted);
            }
        }
        let (from, name, at) = (Speaker::Note, Some(actor.name().to_owned()), clock::now_ms());
        let message = Message { id, from, name, text, at };
        let record = MessageRecord {
            identity: ConversationIdentity {
                workspace_id: actor.tenant.workspace().clone(),
                agent_id: summary.agent_id.clone(),
                conversation_id: summary.id.clone(),
                visitor_id: summary.visitor_id.clone(),
            },
            message: message.clone(),
        };
        let store = Store {
            records: Vec::new(),
            messages: vec![record],
            conversation_id: None,
            feedback: Vec::new(),
        };
        objects::call(self.env, "ARCHIVE", &archive, &store).await?;
        Relational::of(self.env)?.batch(&[self.audit("conversation.noted")?]).await?;
        let home =
            LoungeHome { workspace_id: actor.tenant.workspace().clone(), jurisdiction: actor.jurisdiction };
        lounge::recorded(self.env, home, vec![summary.id.clone()]).await;
        Ok(message)
    }

    /// Mails all that was said, without notes.
    async fn mail(&self, body: TranscriptRequest) -> Result<(), Failure> {
        let (env, actor) = (self.env, self.actor);
        let to = auth::email(&body.to)?;
        let archive = archive(actor.tenant.workspace(), actor.jurisdiction);
        let message = Transcript { conversation_id: self.summary.id.clone() };
        let said = written(objects::call(env, "ARCHIVE", &archive, &message).await?, &actor.workspace_name);
        if said.is_empty() {
            let words = "Nothing was said in this conversation yet.";
            return Err(Problem::new(Code::Conflict, words).into());
        }
        let letter = letters::transcript(&to, &actor.workspace_name, &said);
        let mail = mail::queue(env, Some(actor.tenant.workspace()), "transcript", &letter)?;
        Relational::of(env)?.batch(&[mail, self.audit("conversation.mailed")?]).await?;
        mail::ring(env).await;
        Ok(())
    }
}

/// The id of a note that was given one.
fn once(conversation: &ConversationId, given: &str) -> MessageId {
    let digest = Sha256::digest(format!("note {conversation} {given}"));
    MessageId::from_bits(digest.iter().take(16).fold(0, |bits, byte| (bits << 8) | u128::from(*byte)))
}

/// A transcript as people read it, oldest first.
fn written(transcript: TranscriptReply, agent: &str) -> String {
    let mut lines: Vec<(f64, String)> = Vec::new();
    for turn in transcript.turns {
        lines.push((turn.asked_at, format!("Visitor: {}", turn.question)));
        if !turn.answer.is_empty() {
            lines.push((turn.finished_at, format!("{agent}: {}", turn.answer)));
        }
    }
    for message in transcript.messages {
        let who = match message.from {
            Speaker::Visitor => "Visitor".to_owned(),
            Speaker::Member => message.name.unwrap_or_default(),
            Speaker::System => agent.to_owned(),
            Speaker::Note => continue,
        };
        lines.push((message.at, format!("{who}: {}", message.text)));
    }
    lines.sort_by(|a, b| a.0.total_cmp(&b.0));
    lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>().join("\n\n")
}
