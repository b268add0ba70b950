//! SQLite in this process, behind the trait that Durable Objects implement in production, and a few values.
#![allow(dead_code)]

use std::cell::RefCell;

use protocol::agent::{AgentSnapshot, Guardrails, Persona, Theme};
use protocol::answer::{Provider, Stages, Tokens};
use protocol::api::{Turn, TurnState};
use protocol::handover::{Handover, Message, Speaker, Standing};
use protocol::internal::{ConversationIdentity, HandoverRecord, MessageRecord, PendingReply, TurnRecord};
use protocol::objects::{Jurisdiction, Region};
use protocol::{AgentId, ConversationId, MessageId, TurnId, VisitorId, WorkspaceId};
use rusqlite::StatementStatus;
use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};
use store::{Engine, Error, Row, Statement, Value, sql};

pub struct Memory(pub rusqlite::Connection, RefCell<Vec<String>>);

impl Memory {
    pub fn open() -> Self {
        Self(rusqlite::Connection::open_in_memory().expect("SQLite opens in memory"), RefCell::default())
    }

    /// Statements that were compiled anew to be run once more, since this was asked last.
    pub fn compiled_again(&self) -> Vec<String> {
        self.1.take()
    }

    /// Runs a test's own SQL.
    pub fn ask(&self, text: &str) -> Vec<Row> {
        self.run(&sql::sql(text)).expect(text)
    }

    pub fn number(&self, text: &str) -> i64 {
        self.ask(text)[0].integer(0).expect(text)
    }
}

/// What a conversation has to tell, as the back Worker reads it.
pub fn pending(memory: &Memory) -> PendingReply {
    let text = store::thread::outbox::pending(memory).expect("what is pending can be told");
    protocol::json::read(&text).expect(&text)
}

struct Bind<'v>(&'v Value);

impl rusqlite::ToSql for Bind<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Owned(match self.0 {
            Value::Null => SqlValue::Null,
            Value::Integer(number) => SqlValue::Integer(*number),
            Value::Real(number) => SqlValue::Real(*number),
            Value::Text(text) => SqlValue::Text(text.clone()),
            Value::Blob(bytes) => SqlValue::Blob(bytes.clone()),
        }))
    }
}

impl Engine for Memory {
    fn run(&self, statement: &Statement) -> Result<Vec<Row>, Error> {
        let fail = |error: rusqlite::Error| Error::Engine(error.to_string());
        let mut prepared = self.0.prepare_cached(&statement.sql).map_err(fail)?;
        let columns = prepared.column_count();
        let mut rows =
            prepared.query(rusqlite::params_from_iter(statement.binds.iter().map(Bind))).map_err(fail)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(fail)? {
            let values = (0..columns).map(|column| match row.get_ref(column) {
                Ok(ValueRef::Null) => Ok(Value::Null),
                Ok(ValueRef::Integer(number)) => Ok(Value::Integer(number)),
                Ok(ValueRef::Real(number)) => Ok(Value::Real(number)),
                Ok(ValueRef::Text(text)) => Ok(Value::Text(String::from_utf8_lossy(text).into_owned())),
                Ok(ValueRef::Blob(bytes)) => Ok(Value::Blob(bytes.to_vec())),
                Err(error) => Err(fail(error)),
            });
            found.push(Row(values.collect::<Result<_, _>>()?));
        }
        drop(rows);
        if prepared.reset_status(StatementStatus::RePrepare) > 0 {
            self.1.borrow_mut().push(statement.sql.clone());
        }
        Ok(found)
    }
}

/// Who a test's conversation is with; everything of it carries `n`.
pub fn identity(n: u64) -> ConversationIdentity {
    ConversationIdentity {
        workspace_id: WorkspaceId::ordered(n, [1; 10]),
        agent_id: AgentId::ordered(n, [2; 10]),
        conversation_id: ConversationId::ordered(n, [3; 10]),
        visitor_id: VisitorId::ordered(n, [4; 10]),
    }
}

pub fn snapshot(n: u64, words: &str) -> AgentSnapshot {
    let identity = identity(n);
    AgentSnapshot {
        workspace_id: identity.workspace_id,
        workspace_name: format!("{words} workspace"),
        agent_id: identity.agent_id,
        version: 1,
        persona: Persona { name: format!("{words} agent"), tone: "friendly".into(), avatar_url: None },
        language: "en".into(),
        theme: Theme::default(),
        welcome: String::new(),
        quick_prompts: Vec::new(),
        allowed_origins: Vec::new(),
        guardrails: Guardrails::default(),
        instructions: String::new(),
        models: Vec::new(),
        simple_model: None,
        fallback_message: String::new(),
        after_hours_message: String::new(),
        hours: protocol::agent::BusinessHours::default(),
        confidence_threshold: None,
        temperature: 0.3,
        lead_fields: Vec::new(),
        lead_consent: String::new(),
        tag_filter: Vec::new(),
        rerank: false,
        tools: Vec::new(),
        autonomy: protocol::agent::Autonomy::Everything,
        approval_minutes: 240,
        tool_specs: Vec::new(),
        rules: Vec::new(),
        ctas: Vec::new(),
        experiments: Vec::new(),
        spent_until: 0.0,
        turnstile: None,
        badge: None,
        handover: protocol::handover::HandoverSettings::default(),
        region: Region::Home,
        jurisdiction: Jurisdiction::Anywhere,
    }
}

pub fn turn(id: u64, state: TurnState, answer: &str, asked_at: f64) -> Turn {
    Turn {
        id: TurnId::ordered(id, [5; 10]),
        state,
        question: format!("question {id}"),
        answer: answer.into(),
        citations: Vec::new(),
        confidence: 0.5,
        low_confidence: false,
        checks: protocol::answer::Checks::default(),
        provider: Provider::Extractive,
        model: None,
        model_errors: 0,
        cached: false,
        tokens: Tokens::default(),
        cost_micros: None,
        stages: Stages { first_token: 12.0, total: 34.0, ..Stages::default() },
        tools: Vec::new(),
        page_url: None,
        asked_at,
        finished_at: asked_at + 1.0,
        failure: None,
        feedback: None,
    }
}

pub fn record(of: u64, turn: Turn) -> TurnRecord {
    TurnRecord { identity: identity(of), turn, lost: Vec::new() }
}

pub fn said(of: u64, id: u64, from: Speaker, text: &str, at: f64) -> MessageRecord {
    let id = MessageId::ordered(id, [9; 10]);
    let message = Message { id, from, name: None, text: text.into(), at };
    MessageRecord { identity: identity(of), message }
}

pub fn handed(of: u64, id: u64, standing: Standing, at: f64) -> HandoverRecord {
    let handover = Handover { standing, since: at, ..Handover::default() };
    let id = MessageId::ordered(id, [9; 10]);
    HandoverRecord { id, identity: identity(of), handover, at, alert: None, said: String::new() }
}
