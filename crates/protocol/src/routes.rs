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
    /// A signed-in member of a workspace, or any API key.
    Known,
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
    WidgetFrames "GET" "/v1/widget/messages" Front Visitor "" => "", "What the conversation has said above the parameter `after`, as server-sent events that end at once";
    WidgetLead "POST" "/v1/widget/leads" Front Visitor "LeadRequest" => "LeadReceipt", "Leave a way to be reached";
    Lounge "GET" "/v1/lounge" Front (ConversationsRead) "" => "", "A member's WebSocket: who waits, what happens, who is there; for members alone";
    WidgetEvents "POST" "/v1/widget/events" Front Visitor "EventsRequest" => "EventsAccepted", "Report what happened in the page; the token is part of the body";
    ReportWidget "POST" "/v1/widget/reports" Back Public "ErrorReport" => "Done", "Report an error of the widget, by the id of which the visitor sees the beginning";
    Health "GET" "/v1/health" Front Public "" => "Health", "Whether the installation answers";
    Bootstrap "POST" "/v1/bootstrap" Back Operator "BootstrapRequest" => "BootstrapResponse", "Create the first workspace of an installation";
    Drill "POST" "/v1/drills/{drill}" Back Operator "" => "Done", "Break the back Worker on purpose, where drills are switched on";
    RotateSecrets "POST" "/v1/secrets/rotate" Back Operator "" => "Resealed", "Seal what is stored sealed with the newest key";
    BackupPlan "GET" "/v1/backup" Back Operator "" => "BackupPlan", "What a backup of this installation is made of";
    BackupRows "GET" "/v1/backup/rows" Back Operator "" => "", "A page of the rows of the parameter `part` above the parameter `after`; its checksum is a header";
    BackupParts "GET" "/v1/backup/parts" Back Operator "" => "", "Objects with rows of their own, above the parameter `after`";
    BackupFiles "GET" "/v1/backup/files" Back Operator "" => "BackupFile" list, "Stored files";
    BackupFile "GET" "/v1/backup/file" Back Operator "" => "", "The stored file of the parameter `key`";
    BeginRestore "POST" "/v1/restore" Back Operator "RestoreRequest" => "RestoreState", "Begin to restore a backup where nothing is yet, or go on";
    RestoreRows "POST" "/v1/restore/rows" Back Operator "" => "Done", "A page of rows as a backup holds it; the parameter `sha256` is its checksum";
    RestoreFile "PUT" "/v1/restore/file" Back Operator "" => "Done", "The file of the parameter `key`";
    FinishRestore "POST" "/v1/restore/finish" Back Operator "RestoreRequest" => "RestoreState", "Wake what was restored; asked again until there is nothing next";
    Catalogue "GET" "/v1/catalogue" Back Operator "" => "CatalogueEntry" list, "Tools that workspaces may enable";
    PutCatalogueEntry "PUT" "/v1/catalogue/{entry}" Back Operator "CatalogueWrite" => "CatalogueEntry", "Add a tool that workspaces may enable, or change it for all that did";
    DeleteCatalogueEntry "DELETE" "/v1/catalogue/{entry}" Back Operator "" => "Done", "Offer a tool no more; those that are enabled become their workspaces' own";
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
    SetTurnstile "PUT" "/v1/agents/{agent}/turnstile" Back (AgentsWrite) "TurnstileKeys" => "AgentDetail", "Have visitors solve a challenge of Turnstile before they ask";
    RemoveTurnstile "DELETE" "/v1/agents/{agent}/turnstile" Back (AgentsWrite) "" => "AgentDetail", "Let visitors ask without a challenge";
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
    CreateCuratedAnswer "POST" "/v1/agents/{agent}/curated-answers" Back (KnowledgeWrite) "CuratedWrite" => "CuratedAnswer", "Add a curated answer";
    OrderCuratedAnswers "PUT" "/v1/agents/{agent}/curated-answers/order" Back (KnowledgeWrite) "CuratedOrder" => "Done", "Put curated answers in order";
    TryCuratedAnswers "POST" "/v1/agents/{agent}/curated-answers/try" Back (KnowledgeRead) "CuratedTrial" => "CuratedTrialReply", "Which curated answer a question gets";
    UpdateCuratedAnswer "PUT" "/v1/curated-answers/{curated}" Back (KnowledgeWrite) "CuratedWrite" => "CuratedAnswer", "Change a curated answer";
    DeleteCuratedAnswer "DELETE" "/v1/curated-answers/{curated}" Back (KnowledgeWrite) "" => "Done", "Delete a curated answer";
    CuratedProposals "GET" "/v1/agents/{agent}/curated-proposals" Back (KnowledgeRead) "" => "CuratedProposal" list, "Questions that the content answers itself, waiting for approval, first found first";
    ApproveCuratedProposal "POST" "/v1/curated-proposals/{proposal}/approve" Back (KnowledgeWrite) "CuratedApproval" => "CuratedAnswer", "Make a proposal a curated answer, behind the others";
    DismissCuratedProposal "POST" "/v1/curated-proposals/{proposal}/dismiss" Back (KnowledgeWrite) "" => "Done", "Never propose this question again";
    RestoreCuratedProposal "POST" "/v1/curated-proposals/{proposal}/restore" Back (KnowledgeWrite) "" => "Done", "Take a dismissal back";
    Gaps "GET" "/v1/agents/{agent}/gaps" Back (ConversationsRead) "" => "Gap" list, "What the agent could not answer well, most asked first; of one `status` where asked";
    GapCounts "GET" "/v1/agents/{agent}/gaps/counts" Back (ConversationsRead) "" => "GapCounts", "How many gaps there are of each status";
    UpdateGap "PATCH" "/v1/gaps/{gap}" Back (KnowledgeWrite) "GapUpdate" => "Gap", "Ignore a gap, or open it again";
    AnswerGap "POST" "/v1/gaps/{gap}/answer" Back (KnowledgeWrite) "CuratedContent" => "Gap", "Close a gap with a curated answer";
    Rules "GET" "/v1/agents/{agent}/rules" Back (AgentsRead) "" => "Rule" list, "What an agent does of its own accord, the most important first";
    CreateRule "POST" "/v1/agents/{agent}/rules" Back (AgentsWrite) "RuleContent" => "Rule", "Add a rule";
    OrderRules "PUT" "/v1/agents/{agent}/rules/order" Back (AgentsWrite) "RuleOrder" => "Done", "Put rules in order";
    TryRules "POST" "/v1/agents/{agent}/rules/try" Back (AgentsRead) "RuleTrial" => "RuleTrialReply", "Which rules and calls to action a page would have";
    UpdateRule "PATCH" "/v1/rules/{rule}" Back (AgentsWrite) "RuleUpdate" => "Rule", "Change a rule";
    DeleteRule "DELETE" "/v1/rules/{rule}" Back (AgentsWrite) "" => "Done", "Delete a rule";
    CtaRules "GET" "/v1/agents/{agent}/cta-rules" Back (AgentsRead) "" => "CtaRule" list, "Calls to action, the most important first";
    CreateCtaRule "POST" "/v1/agents/{agent}/cta-rules" Back (AgentsWrite) "CtaContent" => "CtaRule", "Add a call to action";
    OrderCtaRules "PUT" "/v1/agents/{agent}/cta-rules/order" Back (AgentsWrite) "CtaOrder" => "Done", "Put calls to action in order";
    UpdateCtaRule "PATCH" "/v1/cta-rules/{cta}" Back (AgentsWrite) "CtaUpdate" => "CtaRule", "Change a call to action";
    DeleteCtaRule "DELETE" "/v1/cta-rules/{cta}" Back (AgentsWrite) "" => "Done", "Delete a call to action that no rule shows";
    Experiments "GET" "/v1/agents/{agent}/experiments" Back (AgentsRead) "" => "Experiment" list, "Experiments of an agent with their figures, newest first";
    CreateExperiment "POST" "/v1/agents/{agent}/experiments" Back (AgentsWrite) "ExperimentWrite" => "Experiment", "Add an experiment";
    Experiment "GET" "/v1/experiments/{experiment}" Back (AgentsRead) "" => "Experiment", "One experiment with its figures";
    UpdateExperiment "PATCH" "/v1/experiments/{experiment}" Back (AgentsWrite) "ExperimentUpdate" => "Experiment", "Change an experiment that was not started";
    DeleteExperiment "DELETE" "/v1/experiments/{experiment}" Back (AgentsWrite) "" => "Done", "Delete an experiment that is not running";
    StartExperiment "POST" "/v1/experiments/{experiment}/start" Back (AgentsWrite) "" => "Experiment", "Show visitors their variants from now on";
    StopExperiment "POST" "/v1/experiments/{experiment}/stop" Back (AgentsWrite) "" => "Experiment", "Show all visitors the agent as it is again";
    ApplyExperiment "POST" "/v1/experiments/{experiment}/apply" Back (AgentsWrite) "ApplyVariant" => "Experiment", "Write a variant of a stopped experiment into the draft, the rules or the calls to action";
    Conversations "GET" "/v1/agents/{agent}/conversations" Back (ConversationsRead) "" => "ConversationSummary" list, "Conversations of an agent, newest first";
    Inbox "GET" "/v1/conversations" Back (ConversationsRead) "" => "ConversationSummary" list, "Conversations, newest first; narrowed by `agent`, `standing`, and to those with something said from `from` on, before `to` (Unix milliseconds)";
    SearchConversations "GET" "/v1/conversations/search" Back (ConversationsRead) "" => "TranscriptHit" list, "What was said: turns, and messages between visitors and members, with the words of the parameter `q`, newest first; `agent` narrows it to one agent";
    Conversation "GET" "/v1/conversations/{conversation}" Back (ConversationsRead) "" => "Conversation", "One conversation with its transcript";
    Tools "GET" "/v1/tools" Back (AgentsRead) "" => "Tool" list, "Tools of the workspace";
    CreateTool "POST" "/v1/tools" Back (AgentsWrite) "ToolWrite" => "Tool", "Add a tool";
    ToolCatalogue "GET" "/v1/tools/catalogue" Back (AgentsRead) "" => "CatalogueOffer" list, "Tools of the installation's catalogue, with which of them are enabled here";
    EnableTool "POST" "/v1/tools/catalogue" Back (AgentsWrite) "EnableTool" => "Tool", "Enable a tool of the catalogue with an address of one's own";
    Tool "GET" "/v1/tools/{tool}" Back (AgentsRead) "" => "Tool", "One tool, without its secret";
    UpdateTool "PUT" "/v1/tools/{tool}" Back (AgentsWrite) "ToolWrite" => "Tool", "Change a tool";
    DeleteTool "DELETE" "/v1/tools/{tool}" Back (AgentsWrite) "" => "Done", "Delete a tool";
    TryTool "POST" "/v1/tools/{tool}/try" Back (AgentsWrite) "ToolTrial" => "ToolRun", "Call a tool";
    ToolRuns "GET" "/v1/tools/{tool}/runs" Back (AgentsRead) "" => "ToolRun" list, "Calls of a tool, newest first; `state` narrows them";
    Approvals "GET" "/v1/approvals" Back (ConversationsRead) "" => "Approval" list, "Calls that wait or waited for a member, newest first; `state` and `conversation` narrow them";
    Approve "POST" "/v1/approvals/{approval}/approve" Back (ConversationsWrite) "" => "Approval", "Agree to a call that waits: it is made now";
    Decline "POST" "/v1/approvals/{approval}/decline" Back (ConversationsWrite) "DeclineRequest" => "Approval", "Decline a call that waits";
    ClaimConversation "POST" "/v1/conversations/{conversation}/claim" Back (ConversationsWrite) "" => "Handover", "Take a conversation over from the agent";
    ReplyConversation "POST" "/v1/conversations/{conversation}/reply" Back (ConversationsWrite) "Reply" => "Message", "Write to the visitor of a conversation one has taken over";
    TypingConversation "POST" "/v1/conversations/{conversation}/typing" Back (ConversationsWrite) "" => "Done", "Show the visitor that somebody is writing";
    HandBackConversation "POST" "/v1/conversations/{conversation}/handback" Back (ConversationsWrite) "" => "Handover", "Give a conversation back to the agent";
    ResolveConversation "POST" "/v1/conversations/{conversation}/resolve" Back (ConversationsWrite) "" => "Handover", "End a conversation";
    NoteConversation "POST" "/v1/conversations/{conversation}/notes" Back (ConversationsWrite) "NewNote" => "Message", "Leave a note for other members";
    MailTranscript "POST" "/v1/conversations/{conversation}/transcript" Back (ConversationsWrite) "TranscriptRequest" => "Done", "Mail a transcript";
    Leads "GET" "/v1/leads" Back (LeadsRead) "" => "Lead" list, "Leads; `status`, `agent`, `owner` (a member or `none`), `from`, `to`, `score` (at least), `email`, `phone` (each the whole of it), `q` and `sort` (created, updated or score) choose and order";
    CreateLead "POST" "/v1/leads" Back (LeadsWrite) "NewLead" => "Lead", "Add a lead without a conversation; a person whom the agent has a lead of already gets that one changed";
    UpdateLead "PATCH" "/v1/leads/{lead}" Back (LeadsWrite) "LeadUpdate" => "Lead", "Change what a lead says of its person, its status, or its consent";
    ExportLeads "GET" "/v1/leads/export" Back (LeadsRead) "" => "", "The same leads as CSV; `bom=1` begins with a byte order mark";
    ChangeLeads "PATCH" "/v1/leads" Back (LeadsWrite) "LeadChanges" => "LeadsChanged", "Change status or owner of leads";
    FollowUp "GET" "/v1/leads/follow-up" Back (LeadsRead) "" => "FollowUp", "What a follow-up mail begins from";
    SetFollowUp "PUT" "/v1/leads/follow-up" Back (LeadsWrite) "FollowUp" => "FollowUp", "Change what a follow-up mail begins from";
    Lead "GET" "/v1/leads/{lead}" Back (LeadsRead) "" => "LeadDetail", "One lead with its history";
    NoteLead "POST" "/v1/leads/{lead}/notes" Back (LeadsWrite) "NewLeadNote" => "LeadEntry", "Leave a note on a lead";
    MailLead "POST" "/v1/leads/{lead}/mail" Back (LeadsWrite) "LeadMail" => "LeadEntry", "Mail a lead";
    Contacts "GET" "/v1/contacts" Back (LeadsRead) "" => "Contact" list, "People who left leads, newest first; `q` finds by name, address or number";
    Contact "GET" "/v1/contacts/{contact}" Back (LeadsRead) "" => "ContactDetail", "A person across conversations";
    MergeContact "POST" "/v1/contacts/{contact}/merge" Back (LeadsWrite) "MergeContact" => "Contact", "Make two people one";
    ExportPerson "POST" "/v1/contacts/{contact}/exports" Back (LeadsRead) "" => "PersonExport", "Ask for a file of everything held of a person; one that is being made already is told";
    PersonExports "GET" "/v1/contacts/{contact}/exports" Back (LeadsRead) "" => "PersonExport" list, "Files of everything held of a person that were asked for, newest first, with how they stand";
    PersonExportFile "GET" "/v1/contacts/{contact}/exports/{export}/file" Back (LeadsRead) "" => "", "Everything held of a person, as JSON, once the file is ready and for a day";
    ErasePerson "POST" "/v1/contacts/{contact}/erase" Back (LeadsErase) "" => "Erasure", "Erase a person with all that is held of them";
    Erasures "GET" "/v1/erasures" Back (LeadsRead) "" => "Erasure" list, "Receipts of erased people, newest first";
    Receipts "GET" "/v1/receipts" Back (AuditRead) "" => "Receipt" list, "Receipts of what was removed or handed out, newest first";
    Templates "GET" "/v1/templates" Back (ConversationsRead) "" => "Template" list, "Response templates by name";
    CreateTemplate "POST" "/v1/templates" Back (ConversationsWrite) "TemplateWrite" => "Template", "Add a response template";
    UpdateTemplate "PUT" "/v1/templates/{template}" Back (ConversationsWrite) "TemplateWrite" => "Template", "Change a response template";
    DeleteTemplate "DELETE" "/v1/templates/{template}" Back (ConversationsWrite) "" => "Done", "Delete a response template";
    Integrations "GET" "/v1/integrations" Back (IntegrationsRead) "" => "Integrations", "Connected outside services";
    ConnectIntegration "POST" "/v1/integrations" Back (IntegrationsWrite) "IntegrationConnect" => "Integration", "Connect an outside service, once it answers a real call";
    Integration "GET" "/v1/integrations/{integration}" Back (IntegrationsRead) "" => "Integration", "One connected service, without its secret";
    UpdateIntegration "PUT" "/v1/integrations/{integration}" Back (IntegrationsWrite) "IntegrationUpdate" => "Integration", "Change what is sent to a service, or what it knows us by";
    VerifyIntegration "POST" "/v1/integrations/{integration}/verify" Back (IntegrationsWrite) "" => "Integration", "Call a connected service once and note how it went";
    IntegrationFields "GET" "/v1/integrations/{integration}/fields" Back (IntegrationsRead) "" => "RemoteFields", "What fields of a lead can be mapped to";
    DisconnectIntegration "DELETE" "/v1/integrations/{integration}" Back (IntegrationsWrite) "" => "Done", "Take the access back and forget the service";
    AuthorizeHubspot "POST" "/v1/integrations/hubspot/authorize" Back (IntegrationsWrite) "" => "Authorize", "Where the browser goes to connect HubSpot; for members alone";
    HubspotCallback "GET" "/v1/integrations/hubspot/callback" Back (IntegrationsWrite) "" => "", "Come back from HubSpot; for members alone";
    Webhooks "GET" "/v1/webhooks/endpoints" Back (WebhooksRead) "" => "Endpoint" list, "Receivers of events";
    CreateWebhook "POST" "/v1/webhooks/endpoints" Back (WebhooksWrite) "EndpointWrite" => "IssuedEndpoint", "Add a receiver of events; its secret is shown once";
    Webhook "GET" "/v1/webhooks/endpoints/{endpoint}" Back (WebhooksRead) "" => "Endpoint", "One receiver, without its secret";
    UpdateWebhook "PUT" "/v1/webhooks/endpoints/{endpoint}" Back (WebhooksWrite) "EndpointWrite" => "Endpoint", "Change a receiver, switch it off or on";
    DeleteWebhook "DELETE" "/v1/webhooks/endpoints/{endpoint}" Back (WebhooksWrite) "" => "Done", "Delete a receiver with what was on its way to it";
    RotateWebhook "POST" "/v1/webhooks/endpoints/{endpoint}/rotate" Back (WebhooksWrite) "RotateSecret" => "IssuedEndpoint", "Replace a receiver's secret; the new one is shown once";
    TestWebhook "POST" "/v1/webhooks/endpoints/{endpoint}/test" Back (WebhooksWrite) "" => "Delivery", "Send a test event";
    ReplayWebhook "POST" "/v1/webhooks/endpoints/{endpoint}/replay" Back (WebhooksWrite) "ReplaySince" => "Replayed", "Try all failed deliveries again, of events since a time";
    Deliveries "GET" "/v1/webhooks/endpoints/{endpoint}/deliveries" Back (WebhooksRead) "" => "Delivery" list, "Deliveries to a receiver, newest first; `state` and `event` narrow them";
    Delivery "GET" "/v1/webhooks/endpoints/{endpoint}/deliveries/{delivery}" Back (WebhooksRead) "" => "DeliveryDetail", "One delivery with its body and every attempt";
    ReplayDelivery "POST" "/v1/webhooks/endpoints/{endpoint}/deliveries/{delivery}/replay" Back (WebhooksWrite) "" => "Delivery", "Try one delivery again";
    WhoAmI "GET" "/v1/me" Back Known "" => "KeyHolder", "Whose key this is, and what it may do: for connections that try themselves";
    Hooks "GET" "/v1/hooks" Back (WebhooksRead) "" => "Hook" list, "Subscriptions of REST hooks";
    Subscribe "POST" "/v1/hooks" Back (WebhooksWrite) "NewHook" => "Hook", "Subscribe to one kind of event; events of leads need `leads:read`, events of conversations `conversations:read`. Answers 201";
    Unsubscribe "DELETE" "/v1/hooks/{hook}" Back (WebhooksWrite) "" => "Done", "End a subscription";
    HookSamples "GET" "/v1/hooks/samples" Back (WebhooksRead) "" => "HookPayload" list, "What a hook would be sent of the parameter `event`: of the newest that happened, else of an example; `agent` narrows them";
    TakeIncoming "POST" "/v1/hooks/incoming/{incoming}" Back Public "IncomingEvent" => "IncomingReceipt", "Another service tells what happened; the signature says who may";
    IncomingEndpoints "GET" "/v1/incoming/endpoints" Back (WebhooksRead) "" => "Incoming" list, "Where other services tell us what happened";
    CreateIncoming "POST" "/v1/incoming/endpoints" Back (WebhooksWrite) "IncomingWrite" => "IssuedIncoming", "Add such an endpoint; its secret is shown once";
    UpdateIncoming "PUT" "/v1/incoming/endpoints/{incoming}" Back (WebhooksWrite) "IncomingWrite" => "Incoming", "Change one, switch it off or on";
    DeleteIncoming "DELETE" "/v1/incoming/endpoints/{incoming}" Back (WebhooksWrite) "" => "Done", "Delete one with the events it took";
    RotateIncoming "POST" "/v1/incoming/endpoints/{incoming}/rotate" Back (WebhooksWrite) "RotateSecret" => "IssuedIncoming", "Replace its secret; the new one is shown once";
    Jobs "GET" "/v1/operations/jobs" Back (OperationsRead) "" => "Job" list, "Jobs of all parts that failed or were given up, newest first; `area`, `state`, `agent`, `endpoint`, `event` and `q` narrow them";
    JobCounts "GET" "/v1/operations/counts" Back (OperationsRead) "" => "JobCount" list, "How many jobs of the last 30 days are in which state";
    RetryJobs "POST" "/v1/operations/retry" Back (OperationsWrite) "RetryJobs" => "RetriedJobs", "Try one or many jobs again";
    OperationsLog "GET" "/v1/operations/log" Back (OperationsRead) "" => "", "The same jobs as a file, one JSON a line, without bodies";
    HealthChecks "GET" "/v1/operations/health" Back (OperationsRead) "" => "HealthCheck" list, "Call everything that the product depends on, and say what to do";
    Alerts "GET" "/v1/operations/alerts" Back (OperationsRead) "" => "Alert" list, "Alert rules of the installation and how they stand; empty for all workspaces but the operator's, which is the first";
    FireAlert "POST" "/v1/operations/alerts/{alert}/fire" Back (OperationsWrite) "" => "Alert", "Fire an alert by hand, as a drill: it is told as a real one would be, and says what it is";
    ReportError "POST" "/v1/reports" Back Public "ErrorReport" => "Done", "Report an error of the dashboard, by the id that whoever uses it sees";
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
    // An address of the table's own words is nobody's id, whatever the method.
    let literal = ALL.iter().any(|line| line.path == path);
    among(ALL.iter().filter(|line| !literal || line.path == path), method, path)
}

/// Finds the route of a request among those the front Worker answers itself. It need not carry the rest of the table
/// for that: what begins like a route of the back Worker is handed on, and that Worker knows.
#[must_use]
pub fn find_in_front<'p>(method: &str, path: &'p str) -> Found<'p> {
    among(FRONT.iter(), method, path)
}

/// Whether the front Worker hands a path on when it has no route for it.
#[must_use]
pub fn is_for_back(path: &str) -> bool {
    path.starts_with("/v1/") || path == "/dev/outbox"
}

/// What a Worker needs of the table: the words that document it stay out of what is deployed.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub id: RouteId,
    pub method: &'static str,
    pub path: &'static str,
    pub access: Access,
}

const fn line(route: &Route) -> Line {
    Line { id: route.id, method: route.method, path: route.path, access: route.access }
}

// Evaluated while compiling: a wrong index is a build that fails.
#[allow(clippy::indexing_slicing)]
static ALL: [Line; ROUTES.len()] = {
    let mut lines = [line(&ROUTES[0]); ROUTES.len()];
    let mut at = 0;
    while at < ROUTES.len() {
        lines[at] = line(&ROUTES[at]);
        at += 1;
    }
    lines
};

// Evaluated while compiling: a wrong index is a build that fails.
#[allow(clippy::indexing_slicing)]
static FRONT: [Line; in_front()] = {
    let mut lines = [line(&ROUTES[0]); in_front()];
    let (mut at, mut filled) = (0, 0);
    while at < ROUTES.len() {
        if matches!(ROUTES[at].place, Place::Front) {
            lines[filled] = line(&ROUTES[at]);
            filled += 1;
        }
        at += 1;
    }
    lines
};

// Evaluated while compiling: a wrong index is a build that fails.
#[allow(clippy::indexing_slicing)]
const fn in_front() -> usize {
    let (mut at, mut count) = (0, 0);
    while at < ROUTES.len() {
        if matches!(ROUTES[at].place, Place::Front) {
            count += 1;
        }
        at += 1;
    }
    count
}

fn among<'p>(lines: impl Iterator<Item = &'static Line>, method: &str, path: &'p str) -> Found<'p> {
    let mut found = Found::Nothing;
    for line in lines {
        if let Some(parameters) = matches(line.path, path) {
            if line.method == method {
                return Found::Route(line.id, parameters);
            }
            found = Found::OtherMethod;
        }
    }
    found
}

/// The table's line of a route.
#[must_use]
pub fn route(id: RouteId) -> Option<&'static Line> {
    ALL.iter().find(|line| line.id == id)
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
        assert_eq!(find("PATCH", "/v1/leads/led_1"), Found::Route(RouteId::UpdateLead, vec!["led_1"]));
        assert_eq!(find("PATCH", "/v1/leads/export"), Found::OtherMethod);
        assert_eq!(find("DELETE", "/v1/hooks/samples"), Found::OtherMethod);
        assert_eq!(find("GET", "/v1/sources/a/b/c"), Found::Nothing);
    }

    #[test]
    fn the_front_worker_finds_its_own_and_hands_on_the_rest() {
        for route in ROUTES {
            let found = find_in_front(route.method, route.path);
            match route.place {
                Place::Front => assert_eq!(found, Found::Route(route.id, vec![]), "{}", route.path),
                Place::Back => assert!(found == Found::Nothing && is_for_back(route.path), "{}", route.path),
            }
        }
        assert!(!is_for_back("/internal/RunTool") && !is_for_back("/app/v1/"));
    }

    #[test]
    fn no_two_routes_share_method_and_path() {
        let mut seen: Vec<_> = ROUTES.iter().map(|r| (r.method, r.path)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), ROUTES.len());
    }
}
