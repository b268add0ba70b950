//! The table of routes: what dispatches requests also generates the OpenAPI document, so neither can miss one.

use crate::permission::Permission;

/// Which Worker answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Front,
    Back,
}

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Public,
    /// A visitor with the token of one conversation.
    Visitor,
    /// A signed-in person, for what concerns their account alone.
    Account,
    /// A signed-in member whose role allows it, or an API key with that scope.
    Can(Permission),
    /// The operator, with the installation's bootstrap token.
    Operator,
}

/// One route. `body` and `reply` name wire types; an empty name means none.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    pub id: RouteId,
    pub method: &'static str,
    pub path: &'static str,
    pub place: Place,
    pub access: Access,
    pub body: &'static str,
    pub reply: &'static str,
    /// The reply's `data` is a list of `reply`, with a cursor in `meta`.
    pub list: bool,
    pub summary: &'static str,
}

macro_rules! routes {
    ($($id:ident $method:literal $path:literal $place:ident $access:tt $body:literal => $reply:literal $($list:ident)?, $summary:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum RouteId { $($id,)* }

        pub const ROUTES: &[Route] = &[$(Route {
            id: RouteId::$id, method: $method, path: $path, place: Place::$place, access: routes!(@access $access),
            body: $body, reply: $reply, list: routes!(@list $($list)?), summary: $summary,
        },)*];
    };
    (@access ($permission:ident)) => { Access::Can(Permission::$permission) };
    (@access $access:ident) => { Access::$access };
    (@list) => { false };
    (@list list) => { true };
}

routes! {
    WidgetInit "POST" "/v1/widget/init" Front Public "InitRequest" => "InitResponse", "Begin or go on with a conversation";
    WidgetSocket "GET" "/v1/widget/ws" Front Visitor "" => "", "The conversation's WebSocket";
    WidgetMessage "POST" "/v1/widget/messages" Front Visitor "MessageRequest" => "", "One turn as server-sent events";
    Health "GET" "/v1/health" Front Public "" => "Health", "Whether the installation answers";
    Bootstrap "POST" "/v1/bootstrap" Back Operator "BootstrapRequest" => "BootstrapResponse", "Create the first workspace of an installation";
    Drill "POST" "/v1/drills/{drill}" Back Operator "" => "Done", "Break the back Worker on purpose, where drills are switched on";
    AuthOptions "GET" "/v1/auth/options" Back Public "" => "AuthOptions", "How one can sign in here";
    Register "POST" "/v1/auth/register" Back Public "RegisterRequest" => "SignIn", "Create an account and a workspace";
    Login "POST" "/v1/auth/login" Back Public "LoginRequest" => "SignIn", "Sign in";
    LoginSecondFactor "POST" "/v1/auth/login/second-factor" Back Public "SecondFactorRequest" => "SignIn", "Finish signing in with a code";
    GoogleStart "GET" "/v1/auth/google" Back Public "" => "", "Go to Google to sign in";
    GoogleCallback "GET" "/v1/auth/google/callback" Back Public "" => "", "Come back from Google";
    VerifyEmail "POST" "/v1/auth/verify-email" Back Public "TokenRequest" => "SignIn", "Confirm an e-mail address and sign in";
    ConfirmEmailChange "POST" "/v1/auth/change-email" Back Public "TokenRequest" => "Done", "Confirm a new e-mail address";
    ForgotPassword "POST" "/v1/auth/forgot-password" Back Public "EmailRequest" => "Done", "Mail a link that sets a new password";
    ResetPassword "POST" "/v1/auth/reset-password" Back Public "ResetPasswordRequest" => "Done", "Set a new password with a mailed link";
    InvitationPreview "POST" "/v1/auth/invitation" Back Public "TokenRequest" => "InvitationPreview", "What a mailed link invites to";
    AcceptInvitation "POST" "/v1/auth/invitation/accept" Back Public "AcceptInvitation" => "SignIn", "Join a workspace";
    Logout "POST" "/v1/auth/logout" Back Account "" => "Done", "Sign out";
    Me "GET" "/v1/auth/me" Back Account "" => "Me", "Who is signed in";
    ResendVerification "POST" "/v1/account/verification" Back Account "" => "Done", "Mail the confirmation of the address again";
    UpdateAccount "PATCH" "/v1/account" Back Account "AccountUpdate" => "Me", "Change one's name";
    ChangePassword "POST" "/v1/account/password" Back Account "ChangePassword" => "Done", "Change the password and end other sessions";
    ChangeEmail "POST" "/v1/account/email" Back Account "ChangeEmail" => "Done", "Mail a confirmation to a new address";
    BeginTotp "POST" "/v1/account/totp" Back Account "PasswordRequest" => "TotpSetup", "Begin to set up an authenticator";
    ConfirmTotp "POST" "/v1/account/totp/confirm" Back Account "CodeRequest" => "RecoveryCodes", "Switch the second factor on";
    DisableTotp "POST" "/v1/account/totp/disable" Back Account "PasswordRequest" => "Done", "Switch the second factor off";
    RenewRecoveryCodes "POST" "/v1/account/recovery-codes" Back Account "PasswordRequest" => "RecoveryCodes", "Ten new recovery codes";
    Sessions "GET" "/v1/account/sessions" Back Account "" => "Session" list, "Where one is signed in";
    RevokeSession "DELETE" "/v1/account/sessions/{session}" Back Account "" => "Done", "End one session";
    RevokeOtherSessions "DELETE" "/v1/account/sessions" Back Account "" => "Done", "End all sessions but this one";
    DeleteAccount "POST" "/v1/account/delete" Back Account "PasswordRequest" => "Done", "Delete the account";
    Workspaces "GET" "/v1/workspaces" Back Account "" => "Workspace" list, "Workspaces one belongs to";
    CreateWorkspace "POST" "/v1/workspaces" Back Account "NewWorkspace" => "Workspace", "Create another workspace";
    SelectWorkspace "POST" "/v1/workspaces/{workspace}/select" Back Account "" => "Me", "Look at another workspace";
    LeaveWorkspace "POST" "/v1/workspaces/{workspace}/leave" Back Account "" => "Done", "Leave a workspace";
    WorkspaceSettings "GET" "/v1/workspace" Back (WorkspaceRead) "" => "WorkspaceSettings", "The workspace's settings";
    UpdateWorkspace "PATCH" "/v1/workspace" Back (WorkspaceWrite) "WorkspaceUpdate" => "WorkspaceSettings", "Change the workspace's settings";
    RetentionPreview "GET" "/v1/workspace/retention" Back (WorkspaceRead) "" => "RetentionPreview", "How many conversations would lose their words if they were kept for the parameter `days`";
    DeleteWorkspace "POST" "/v1/workspace/delete" Back (WorkspaceOwn) "DeleteWorkspace" => "Done", "Delete the workspace with all it holds";
    TransferOwnership "POST" "/v1/workspace/transfer" Back (WorkspaceOwn) "TransferOwnership" => "Done", "Make another member the owner";
    Members "GET" "/v1/members" Back (MembersRead) "" => "TeamMember" list, "Members of the workspace";
    UpdateMember "PATCH" "/v1/members/{user}" Back (MembersWrite) "MemberUpdate" => "TeamMember", "Change a member's role";
    RemoveMember "DELETE" "/v1/members/{user}" Back (MembersWrite) "" => "Done", "Remove a member";
    Invitations "GET" "/v1/invitations" Back (MembersRead) "" => "Invitation" list, "Open invitations";
    Invite "POST" "/v1/invitations" Back (MembersWrite) "NewInvitation" => "Invitation", "Invite somebody by mail";
    ResendInvitation "POST" "/v1/invitations/{invitation}/resend" Back (MembersWrite) "" => "Invitation", "Mail an invitation again";
    RevokeInvitation "DELETE" "/v1/invitations/{invitation}" Back (MembersWrite) "" => "Done", "Take an invitation back";
    ApiKeys "GET" "/v1/api-keys" Back (KeysWrite) "" => "ApiKey" list, "API keys";
    CreateApiKey "POST" "/v1/api-keys" Back (KeysWrite) "NewApiKey" => "IssuedApiKey", "Create an API key";
    RotateApiKey "POST" "/v1/api-keys/{key}/rotate" Back (KeysWrite) "RotateApiKey" => "IssuedApiKey", "Replace an API key";
    RevokeApiKey "DELETE" "/v1/api-keys/{key}" Back (KeysWrite) "" => "Done", "Revoke an API key";
    AuditLog "GET" "/v1/audit-log" Back (AuditRead) "" => "AuditEntry" list, "Changes, newest first";
    AuditExport "GET" "/v1/audit-log/export" Back (AuditRead) "" => "", "The audit log as CSV";
    Usage "GET" "/v1/usage" Back (WorkspaceRead) "" => "Usage", "What was used this month, and what was refused in the last 30 days";
    SetUsageLimits "PUT" "/v1/usage/limits" Back (WorkspaceWrite) "UsageLimits" => "Usage", "Set limits of one's own below those of the plan";
    Models "GET" "/v1/models" Back (AgentsRead) "" => "ModelOption" list, "Models that this installation can run";
    Agents "GET" "/v1/agents" Back (AgentsRead) "" => "Agent" list, "Agents of the workspace";
    CreateAgent "POST" "/v1/agents" Back (AgentsWrite) "NewAgent" => "AgentDetail", "Create an agent";
    Agent "GET" "/v1/agents/{agent}" Back (AgentsRead) "" => "AgentDetail", "An agent with its draft";
    UpdateAgent "PATCH" "/v1/agents/{agent}" Back (AgentsWrite) "AgentUpdate" => "AgentDetail", "Rename, archive or restore an agent";
    DeleteAgent "DELETE" "/v1/agents/{agent}" Back (AgentsWrite) "" => "Done", "Delete an agent with its knowledge and conversations";
    DuplicateAgent "POST" "/v1/agents/{agent}/duplicate" Back (AgentsWrite) "" => "AgentDetail", "Copy an agent's draft into a new agent";
    SaveDraft "PUT" "/v1/agents/{agent}/draft" Back (AgentsWrite) "DraftUpdate" => "AgentDetail", "Save an agent's draft";
    PublishAgent "POST" "/v1/agents/{agent}/publish" Back (AgentsWrite) "PublishRequest" => "Version", "Publish the draft as a version";
    UnpublishAgent "POST" "/v1/agents/{agent}/unpublish" Back (AgentsWrite) "" => "AgentDetail", "Take the agent offline";
    RollbackAgent "POST" "/v1/agents/{agent}/rollback" Back (AgentsWrite) "RollbackRequest" => "Version", "Publish an earlier version again";
    AgentVersions "GET" "/v1/agents/{agent}/versions" Back (AgentsRead) "" => "Version" list, "Published versions, newest first";
    AgentVersion "GET" "/v1/agents/{agent}/versions/{version}" Back (AgentsRead) "" => "VersionDetail", "One version with its content";
    AgentDiff "GET" "/v1/agents/{agent}/diff" Back (AgentsRead) "" => "Change" list, "What differs between two versions, or a version and the draft";
    Playground "POST" "/v1/agents/{agent}/playground" Back (AgentsRead) "PlaygroundRequest" => "", "Try a question as server-sent events";
    SearchAgent "POST" "/v1/agents/{agent}/search" Back (AgentsRead) "SearchRequest" => "SearchResult", "The passages an agent would answer a question from";
    PlaygroundFeedback "POST" "/v1/agents/{agent}/playground/feedback" Back (AgentsRead) "PlaygroundFeedback" => "Done", "Say how good an answer of the playground was";
    AgentOverview "GET" "/v1/agents/{agent}/overview" Back (ConversationsRead) "" => "Overview", "An agent at a glance";
    Sources "GET" "/v1/agents/{agent}/sources" Back (KnowledgeRead) "" => "Source" list, "Sources of an agent";
    CreateSource "POST" "/v1/agents/{agent}/sources" Back (KnowledgeWrite) "NewSource" => "Source", "Add a website, sitemap, feed, text, FAQ list or file collection";
    Source "GET" "/v1/sources/{source}" Back (KnowledgeRead) "" => "Source", "One source with the progress of its reading";
    UpdateSource "PATCH" "/v1/sources/{source}" Back (KnowledgeWrite) "SourceUpdate" => "Source", "Change a text or FAQ list";
    DeleteSource "DELETE" "/v1/sources/{source}" Back (KnowledgeWrite) "" => "Done", "Delete a source and all it taught the agent";
    ReindexSource "POST" "/v1/sources/{source}/reindex" Back (KnowledgeWrite) "" => "CrawlStarted", "Read a source again";
    RetrySource "POST" "/v1/sources/{source}/retry" Back (KnowledgeWrite) "" => "CrawlStarted", "Read the pages again that failed in the last crawl";
    SourceAccess "GET" "/v1/sources/{source}/access" Back (KnowledgeRead) "" => "SourceAccess", "By what a website lets us in, without the secret";
    SetSourceAccess "PUT" "/v1/sources/{source}/access" Back (KnowledgeWrite) "NewSourceAccess" => "SourceAccess", "Set the password or header that a website lets us in by";
    RemoveSourceAccess "DELETE" "/v1/sources/{source}/access" Back (KnowledgeWrite) "" => "Done", "Forget the password or header of a website";
    RefreshSource "POST" "/v1/sources/{source}/refresh" Back (KnowledgeWrite) "RefreshRequest" => "RefreshAccepted", "Read one page of a source again";
    CreateSourceHook "POST" "/v1/sources/{source}/hook" Back (KnowledgeWrite) "" => "RefreshHook", "Give a source a new secret address that refreshes pages";
    DeleteSourceHook "DELETE" "/v1/sources/{source}/hook" Back (KnowledgeWrite) "" => "Done", "Take a source's refresh address back";
    HookRefresh "POST" "/v1/hooks/refresh/{token}" Back Public "HookRequest" => "RefreshAccepted", "Read pages of a source again, by its secret address";
    SourceHistory "GET" "/v1/sources/{source}/history" Back (KnowledgeRead) "" => "PageEvent" list, "What the last runs made of a page: its address as the parameter `url`";
    SourceContent "GET" "/v1/sources/{source}/content" Back (KnowledgeRead) "" => "SourceContent", "A text or FAQ list as it was written";
    SourcePages "GET" "/v1/sources/{source}/pages" Back (KnowledgeRead) "" => "Page" list, "Pages of the last crawl with their states";
    SourceDocuments "GET" "/v1/sources/{source}/documents" Back (KnowledgeRead) "" => "Document" list, "Indexed text of a source";
    SourceFiles "GET" "/v1/sources/{source}/files" Back (KnowledgeRead) "" => "File" list, "Files of a source";
    UploadFile "POST" "/v1/sources/{source}/files" Back (KnowledgeWrite) "" => "File", "Upload a file: its bytes as the body, its name as the parameter `name`";
    RetryFile "POST" "/v1/files/{file}/retry" Back (KnowledgeWrite) "" => "File", "Read a file again";
    DownloadFile "GET" "/v1/files/{file}" Back (KnowledgeRead) "" => "", "A file as an attachment";
    DeleteFile "DELETE" "/v1/files/{file}" Back (KnowledgeWrite) "" => "Done", "Delete a file and all it taught the agent";
    Document "GET" "/v1/documents/{document}" Back (KnowledgeRead) "" => "DocumentDetail", "An indexed document with its passages";
    TagDocument "PUT" "/v1/documents/{document}/tags" Back (KnowledgeWrite) "Tags" => "Tags", "Give a document tags of its own";
    CuratedAnswers "GET" "/v1/agents/{agent}/curated-answers" Back (KnowledgeRead) "" => "CuratedAnswer" list, "Curated answers in their order";
    CreateCuratedAnswer "POST" "/v1/agents/{agent}/curated-answers" Back (KnowledgeWrite) "CuratedContent" => "CuratedAnswer", "Add a curated answer";
    OrderCuratedAnswers "PUT" "/v1/agents/{agent}/curated-answers/order" Back (KnowledgeWrite) "CuratedOrder" => "Done", "Put curated answers in order";
    TryCuratedAnswers "POST" "/v1/agents/{agent}/curated-answers/try" Back (KnowledgeRead) "CuratedTrial" => "CuratedTrialReply", "Which curated answer a question gets";
    UpdateCuratedAnswer "PUT" "/v1/curated-answers/{curated}" Back (KnowledgeWrite) "CuratedContent" => "CuratedAnswer", "Change a curated answer";
    DeleteCuratedAnswer "DELETE" "/v1/curated-answers/{curated}" Back (KnowledgeWrite) "" => "Done", "Delete a curated answer";
    Conversations "GET" "/v1/agents/{agent}/conversations" Back (ConversationsRead) "" => "ConversationSummary" list, "Conversations of an agent, newest first";
    SearchConversations "GET" "/v1/conversations/search" Back (ConversationsRead) "" => "TranscriptHit" list, "What was said: turns with the words of the parameter `q`, newest first; `agent` narrows it to one agent";
    Conversation "GET" "/v1/conversations/{conversation}" Back (ConversationsRead) "" => "Conversation", "One conversation with its transcript";
    Tools "GET" "/v1/tools" Back (AgentsRead) "" => "Tool" list, "Tools of the workspace";
    CreateTool "POST" "/v1/tools" Back (AgentsWrite) "ToolWrite" => "Tool", "Add a tool";
    Tool "GET" "/v1/tools/{tool}" Back (AgentsRead) "" => "Tool", "One tool, without its secret";
    UpdateTool "PUT" "/v1/tools/{tool}" Back (AgentsWrite) "ToolWrite" => "Tool", "Change a tool";
    DeleteTool "DELETE" "/v1/tools/{tool}" Back (AgentsWrite) "" => "Done", "Delete a tool";
    TryTool "POST" "/v1/tools/{tool}/try" Back (AgentsWrite) "ToolTrial" => "ToolRun", "Call a tool";
    ToolRuns "GET" "/v1/tools/{tool}/runs" Back (AgentsRead) "" => "ToolRun" list, "Calls of a tool, newest first";
    ClaimConversation "POST" "/v1/conversations/{conversation}/claim" Back (ConversationsWrite) "" => "Handover", "Take a conversation over from the agent";
    ReplyConversation "POST" "/v1/conversations/{conversation}/reply" Back (ConversationsWrite) "Reply" => "Message", "Write to the visitor of a conversation one has taken over";
    TypingConversation "POST" "/v1/conversations/{conversation}/typing" Back (ConversationsWrite) "" => "Done", "Show the visitor that somebody is writing";
    HandBackConversation "POST" "/v1/conversations/{conversation}/handback" Back (ConversationsWrite) "" => "Handover", "Give a conversation back to the agent";
    ResolveConversation "POST" "/v1/conversations/{conversation}/resolve" Back (ConversationsWrite) "" => "Handover", "End a conversation";
    NoteConversation "POST" "/v1/conversations/{conversation}/notes" Back (ConversationsWrite) "NewNote" => "Message", "Leave a note for other members";
    MailTranscript "POST" "/v1/conversations/{conversation}/transcript" Back (ConversationsWrite) "TranscriptRequest" => "Done", "Mail a transcript";
    Outbox "GET" "/dev/outbox" Back Public "" => "", "Mails that would have been sent, on a developer's machine";
}

/// What a request's method and path lead to.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'p> {
    Route(RouteId, Vec<&'p str>),
    /// The path exists with other methods.
    OtherMethod,
    Nothing,
}

/// Finds the route of a request. Parameters come in the order of the path.
#[must_use]
pub fn find<'p>(method: &str, path: &'p str) -> Found<'p> {
    let mut found = Found::Nothing;
    for route in ROUTES {
        if let Some(parameters) = matches(route.path, path) {
            if route.method == method {
                return Found::Route(route.id, parameters);
            }
            found = Found::OtherMethod;
        }
    }
    found
}

/// The table's row of a route.
#[must_use]
pub fn route(id: RouteId) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.id == id)
}

fn matches<'p>(pattern: &str, path: &'p str) -> Option<Vec<&'p str>> {
    let (mut want, mut have) = (pattern.split('/'), path.split('/'));
    let mut parameters = Vec::new();
    loop {
        match (want.next(), have.next()) {
            (None, None) => return Some(parameters),
            (Some(w), Some(h)) if w.starts_with('{') && !h.is_empty() => parameters.push(h),
            (Some(w), Some(h)) if w == h => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_found_by_method_and_path() {
        assert_eq!(find("GET", "/v1/sources/src_1/pages"), Found::Route(RouteId::SourcePages, vec!["src_1"]));
        assert_eq!(find("PUT", "/v1/sources/src_1"), Found::OtherMethod);
        assert_eq!(find("GET", "/v1/sources/"), Found::Nothing);
        assert_eq!(find("GET", "/v1/sources/a/b/c"), Found::Nothing);
    }

    #[test]
    fn no_two_routes_share_method_and_path() {
        let mut seen: Vec<_> = ROUTES.iter().map(|r| (r.method, r.path)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), ROUTES.len());
    }
}
