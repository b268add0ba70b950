//! Conversations with people: taking over, writing, ending.

use super::{NOTHING, Reply, one};
use protocol::api::{Done, NewNote, Reply as NewReply, TranscriptRequest};
use protocol::handover::{Handover, Message};
use protocol::routes::RouteId;
use protocol::{ConversationId, TemplateId};

/// Claims, hands back or resolves.
pub(crate) async fn change(route: RouteId, conversation: ConversationId) -> Reply<Handover> {
    one(route, &[conversation.as_str()], &[], NOTHING).await
}

/// Says a text to the visitor, once under its id.
pub(crate) async fn reply(
    conversation: ConversationId,
    id: String,
    text: String,
    template_id: Option<TemplateId>,
) -> Reply<Message> {
    let body = NewReply { text, id: Some(id), template_id };
    one(RouteId::ReplyConversation, &[conversation.as_str()], &[], Some(&body)).await
}

pub(crate) async fn typing(conversation: ConversationId) -> Reply<Done> {
    one(RouteId::TypingConversation, &[conversation.as_str()], &[], NOTHING).await
}

pub(crate) async fn note(conversation: ConversationId, once: String, text: String) -> Reply<Message> {
    let body = NewNote { text, id: Some(once) };
    one(RouteId::NoteConversation, &[conversation.as_str()], &[], Some(&body)).await
}

pub(crate) async fn mail_transcript(conversation: ConversationId, to: String) -> Reply<Done> {
    let body = TranscriptRequest { to };
    one(RouteId::MailTranscript, &[conversation.as_str()], &[], Some(&body)).await
}
