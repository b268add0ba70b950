//! `cargo xtask schemas DIR`: JSON Schema 2020-12 of every wire type, and the OpenAPI 3.1 document from the table
//! that dispatches requests. Output is sorted, so a difference is a change of the wire.

use std::path::Path;

use protocol::routes::{Access, ROUTES, Route, RouteId};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::eval::Result;

macro_rules! types {
    ($generator:ident: $($type:path),* $(,)?) => {$(
        let _ = $generator.subschema_for::<$type>();
    )*};
}

/// Writes `wire.schema.json`, `widget.schema.json`, `webhook.schema.json` and `openapi.json` below a folder.
pub fn run(arguments: &[String]) -> Result<()> {
    let folder = Path::new(arguments.first().ok_or("usage: cargo xtask schemas DIR")?);
    std::fs::create_dir_all(folder)?;
    let mut all = widget();
    all.append(&mut members());
    write(&folder.join("wire.schema.json"), &schema("Frontdesk's wire", &all))?;
    write(&folder.join("widget.schema.json"), &schema("The visitor's side of the wire", &widget()))?;
    write(&folder.join("webhook.schema.json"), &schema("What webhooks deliver", &webhooks()))?;
    write(&folder.join("openapi.json"), &openapi(all)?)
}

fn write(path: &Path, value: &Value) -> Result<()> {
    Ok(std::fs::write(path, format!("{}\n", serde_json::to_string_pretty(value)?))?)
}

fn schema(title: &str, definitions: &Map<String, Value>) -> Value {
    json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, "$defs": definitions })
}

fn widget() -> Map<String, Value> {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    types!(generator:
        protocol::frame::ClientFrame,
        protocol::frame::ServerFrame,
        protocol::widget::InitRequest,
        protocol::widget::InitResponse,
        protocol::widget::MessageRequest,
        protocol::widget::EventsRequest,
        protocol::widget::EventsAccepted,
        protocol::lead::LeadRequest,
        protocol::lead::LeadReceipt,
        protocol::error::ErrorBody,
    );
    generator.take_definitions(true)
}

fn webhooks() -> Map<String, Value> {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    types!(generator: protocol::api::WebhookPayload);
    generator.take_definitions(true)
}

fn members() -> Map<String, Value> {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    types!(generator:
        protocol::agent::AgentSnapshot,
        protocol::api::Meta,
        protocol::api::Lead,
        protocol::api::LeadDetail,
        protocol::api::NewLead,
        protocol::api::LeadUpdate,
        protocol::api::KeyHolder,
        protocol::api::NewHook,
        protocol::api::Hook,
        protocol::api::HookPayload,
        protocol::api::LeadChanges,
        protocol::api::LeadsChanged,
        protocol::api::NewLeadNote,
        protocol::api::LeadEntry,
        protocol::api::LeadMail,
        protocol::api::FollowUp,
        protocol::api::Contact,
        protocol::api::ContactDetail,
        protocol::api::MergeContact,
        protocol::api::Erasure,
        protocol::api::PersonExport,
        protocol::api::LoginRequest,
        protocol::api::Me,
        protocol::api::Agent,
        protocol::api::AuthOptions,
        protocol::api::RegisterRequest,
        protocol::api::SignIn,
        protocol::api::SecondFactorRequest,
        protocol::api::TokenRequest,
        protocol::api::EmailRequest,
        protocol::api::ResetPasswordRequest,
        protocol::api::InvitationPreview,
        protocol::api::AcceptInvitation,
        protocol::api::AccountUpdate,
        protocol::api::ChangePassword,
        protocol::api::ChangeEmail,
        protocol::api::PasswordRequest,
        protocol::api::TotpSetup,
        protocol::api::CodeRequest,
        protocol::api::RecoveryCodes,
        protocol::api::Session,
        protocol::api::Workspace,
        protocol::api::NewWorkspace,
        protocol::api::WorkspaceSettings,
        protocol::api::RetentionPreview,
        protocol::api::WorkspaceUpdate,
        protocol::api::Usage,
        protocol::api::UsageLimits,
        protocol::api::DeleteWorkspace,
        protocol::api::TransferOwnership,
        protocol::api::TeamMember,
        protocol::api::MemberUpdate,
        protocol::api::NewInvitation,
        protocol::api::Invitation,
        protocol::api::NewApiKey,
        protocol::api::ApiKey,
        protocol::api::IssuedApiKey,
        protocol::api::RotateApiKey,
        protocol::api::AuditEntry,
        protocol::api::Change,
        protocol::api::ModelOption,
        protocol::api::NewAgent,
        protocol::api::AgentDetail,
        protocol::api::AgentUpdate,
        protocol::api::DraftUpdate,
        protocol::api::PublishRequest,
        protocol::api::RollbackRequest,
        protocol::api::TurnstileKeys,
        protocol::api::Version,
        protocol::api::VersionDetail,
        protocol::api::PlaygroundRequest,
        protocol::api::PlaygroundEvent,
        protocol::api::PlaygroundFeedback,
        protocol::api::SearchRequest,
        protocol::api::SearchResult,
        protocol::api::SourceUpdate,
        protocol::api::RefreshRequest,
        protocol::api::HookRequest,
        protocol::api::RefreshAccepted,
        protocol::api::RefreshHook,
        protocol::api::PageEvent,
        protocol::api::Tags,
        protocol::api::SourceContent,
        protocol::api::SourceAccess,
        protocol::api::NewSourceAccess,
        protocol::api::File,
        protocol::api::DocumentDetail,
        protocol::api::CuratedAnswer,
        protocol::api::Gap,
        protocol::api::GapCounts,
        protocol::api::GapUpdate,
        protocol::api::CuratedApproval,
        protocol::api::CuratedContent,
        protocol::api::CuratedWrite,
        protocol::api::CuratedOrder,
        protocol::api::CuratedProposal,
        protocol::api::CuratedTrial,
        protocol::api::CuratedTrialReply,
        protocol::api::Tool,
        protocol::api::ToolWrite,
        protocol::api::ToolTrial,
        protocol::api::CatalogueEntry,
        protocol::api::CatalogueWrite,
        protocol::api::CatalogueOffer,
        protocol::api::EnableTool,
        protocol::api::Approval,
        protocol::api::DeclineRequest,
        protocol::api::ToolRun,
        protocol::api::Rule,
        protocol::rules::RuleContent,
        protocol::api::RuleUpdate,
        protocol::api::RuleOrder,
        protocol::api::RuleTrial,
        protocol::api::RuleTrialReply,
        protocol::api::CtaRule,
        protocol::rules::CtaContent,
        protocol::api::CtaUpdate,
        protocol::api::CtaOrder,
        protocol::api::Experiment,
        protocol::api::ExperimentWrite,
        protocol::api::ExperimentUpdate,
        protocol::api::ApplyVariant,
        protocol::api::Integrations,
        protocol::api::Integration,
        protocol::api::IntegrationConnect,
        protocol::api::IntegrationUpdate,
        protocol::api::RemoteFields,
        protocol::api::Authorize,
        protocol::api::Resealed,
        protocol::api::BackupPlan,
        protocol::api::BackupFile,
        protocol::api::RestoreRequest,
        protocol::api::RestoreState,
        protocol::api::Receipt,
        protocol::api::Endpoint,
        protocol::api::EndpointWrite,
        protocol::api::IssuedEndpoint,
        protocol::api::IncomingWrite,
        protocol::api::Incoming,
        protocol::api::IssuedIncoming,
        protocol::api::IncomingEvent,
        protocol::api::IncomingEffect,
        protocol::api::IncomingReceipt,
        protocol::api::Job,
        protocol::api::JobCount,
        protocol::api::Alert,
        protocol::api::AlertFiring,
        protocol::api::RetryJobs,
        protocol::api::RetriedJobs,
        protocol::api::HealthCheck,
        protocol::api::ErrorReport,
        protocol::api::RotateSecret,
        protocol::api::Delivery,
        protocol::api::DeliveryDetail,
        protocol::api::ReplaySince,
        protocol::api::Replayed,
        protocol::api::WebhookPayload,
        protocol::api::Overview,
        protocol::api::NewSource,
        protocol::api::Source,
        protocol::api::Page,
        protocol::api::Document,
        protocol::api::ConversationSummary,
        protocol::api::Conversation,
        protocol::api::Reply,
        protocol::api::NewNote,
        protocol::api::TranscriptRequest,
        protocol::api::TranscriptHit,
        protocol::api::Template,
        protocol::api::TemplateAnswer,
        protocol::api::TemplateWrite,
        protocol::lounge::LoungeFrame,
        protocol::lounge::LoungeClientFrame,
        protocol::api::BootstrapRequest,
        protocol::api::BootstrapResponse,
        protocol::api::CrawlStarted,
        protocol::api::Health,
        protocol::api::Done,
        protocol::internal::Bell,
        protocol::internal::IndexedDocument,
        protocol::internal::TurnRecord,
    );
    generator.take_definitions(true)
}

fn openapi(definitions: Map<String, Value>) -> Result<Value> {
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        for name in [route.body, route.reply] {
            if !name.is_empty() && !definitions.contains_key(name) {
                return Err(
                    format!("{} {} names {name}, which has no schema", route.method, route.path).into()
                );
            }
        }
        let methods = paths.entry(route.path).or_insert_with(|| json!({}));
        methods[route.method.to_lowercase()] = operation(route);
    }
    let schemas: Value = serde_json::from_str(
        &serde_json::to_string(&definitions)?.replace("#/$defs/", "#/components/schemas/"),
    )?;
    Ok(json!({
        "openapi": "3.1.0",
        "info": { "title": "Frontdesk", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "member": { "type": "apiKey", "in": "cookie", "name": "__Host-frontdesk" },
                "key": { "type": "http", "scheme": "bearer", "description": "An API key; the scopes it needs are listed with each operation" },
                "visitor": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
                "operator": { "type": "http", "scheme": "bearer" },
            },
        },
    }))
}

/// What programs send beside their key.
fn header(route: &Route) -> Option<Value> {
    let (name, words) = match (route.access, route.method) {
        (Access::Can(_), "POST") => (
            "Idempotency-Key",
            "1 to 255 visible characters, such as a UUID: the request is carried out once, however often it comes within a day",
        ),
        (Access::Can(_), "GET") if !route.reply.is_empty() => {
            ("If-None-Match", "The `ETag` of an answer of before: 304 while it is the newest")
        }
        _ => return None,
    };
    Some(json!({ "name": name, "in": "header", "schema": { "type": "string" }, "description": words }))
}

fn operation(route: &Route) -> Value {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let parameters: Vec<Value> = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .chain(route.list.then(|| {
            json!({ "name": "cursor", "in": "query", "schema": { "type": "string" },
            "description": "`meta.next_cursor` of the page before; absent: the first page" })
        }))
        .chain(header(route))
        .collect();
    let data = match (route.reply, route.list) {
        ("", _) => Value::Null,
        (name, false) => {
            json!({ "type": "object", "required": ["data"], "properties": { "data": reference(name) } })
        }
        (name, true) => json!({ "type": "object", "required": ["data"], "properties": {
            "data": { "type": "array", "items": reference(name) }, "meta": reference("Meta") } }),
    };
    let success = if data.is_null() {
        json!({ "description": "A stream of ServerFrame" })
    } else {
        json!({ "description": "Success", "content": { "application/json": { "schema": data } } })
    };
    // As subscribers of REST hooks expect it.
    let status = if route.id == RouteId::Subscribe { "201" } else { "200" };
    let mut operation = json!({
        "operationId": format!("{:?}", route.id),
        "summary": route.summary,
        "parameters": parameters,
        "responses": {
            (status): success,
            "default": { "description": "Failure", "content": { "application/json": { "schema": reference("ErrorBody") } } },
        },
        "security": match route.access {
            Access::Public => json!([]),
            Access::Visitor => json!([{ "visitor": [] }]),
            Access::Account => json!([{ "member": [] }]),
            Access::Known => json!([{ "member": [] }, { "key": [] }]),
            Access::Can(permission) => json!([{ "member": [] }, { "key": [permission.as_str()] }]),
            Access::Operator => json!([{ "operator": [] }]),
        },
    });
    if let Access::Can(permission) = route.access {
        operation["x-permission"] = json!(permission.as_str());
    }
    if !route.body.is_empty() {
        operation["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": reference(route.body) } } });
    }
    operation
}
