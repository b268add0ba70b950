//! Tools in an answer. A model may call tools instead of, or after, saying something; their results go back to it as
//! data, and it goes on in another stream. At most three rounds, the calls of one side by side. What was shown before
//! a call stays shown.

use std::cell::LazyCell;

use futures::future::{Either, join_all, select};
use protocol::agent::Model;
use protocol::answer::ToolTrace;
use protocol::api::ToolRunState;

use super::{Ended, Guarded, ModelError, Outside, Turn};
use crate::prompt::{Message, ToolSpec, fenced_result};
use crate::tokens::ToolCall;
use crate::tools::cut;

/// Rounds of calls of one answer.
pub const MAX_ROUNDS: u32 = 3;
/// Calls of one round that are made.
const MAX_CALLS: usize = 8;
/// Bytes of arguments and of a result that a turn keeps; the whole of them is in the tool's history.
const KEPT: usize = 1_000;

/// What one stream said.
#[derive(Default)]
pub(super) struct Part {
    pub said: String,
    pub calls: Vec<ToolCall>,
    /// What it says does not follow on what was shown before.
    pub apart: bool,
}

impl<O: Outside> Turn<'_, O> {
    /// One model's answer, with all that it calls.
    pub(super) async fn converse(
        &mut self,
        model: &Model,
        messages: &[Message],
        guard: &mut Guarded<'_>,
    ) -> Ended {
        let spec = |spec: &protocol::agent::ToolSpec| ToolSpec {
            name: spec.name.clone(),
            description: spec.description.clone(),
            parameters: spec.schema.clone(),
        };
        let tools: Vec<ToolSpec> = self.question.agent.tool_specs.iter().map(spec).collect();
        let mut messages = messages.to_vec();
        let mut round = 0;
        let ended = loop {
            let mut part = Part { apart: !self.shown.is_empty(), ..Part::default() };
            let ended = self.stream(model, &messages, &tools, guard, &mut part).await;
            if part.calls.is_empty()
                || tools.is_empty()
                || round == MAX_ROUNDS
                || guard.cut().is_some()
                || !matches!(ended, Ended::Whole)
            {
                break ended;
            }
            round += 1;
            let Some(results) = self.call(round, &part.calls).await else { break Ended::Stopped };
            messages.push(Message::calling(part.said, part.calls));
            messages.extend(results);
        };
        if matches!(ended, Ended::Unbegun(_)) {
            return ended;
        }
        let rest = LazyCell::force_mut(guard).finish();
        self.show(&rest);
        if self.shown.is_empty() && matches!(ended, Ended::Whole) {
            return Ended::Unbegun(ModelError::Broken("it ended without any text".into()));
        }
        ended
    }

    /// The results of a round, in the order of its calls; nothing where the visitor stopped meanwhile.
    async fn call(&mut self, round: u32, calls: &[ToolCall]) -> Option<Vec<Message>> {
        let outside = self.outside;
        let begun = outside.now_ms();
        let all = join_all(calls.iter().enumerate().map(|(at, call)| {
            let again = calls
                .iter()
                .take(at)
                .any(|other| other.name == call.name && other.arguments_json == call.arguments_json);
            self.one(round, at, again, call)
        }));
        let traces = match select(outside.stop(), Box::pin(all)).await {
            Either::Left(_) => return None,
            Either::Right((traces, _)) => traces,
        };
        self.stages.tools += outside.now_ms() - begun;
        let last = if round == MAX_ROUNDS {
            "\nNo more tools can be called in this answer. Answer with what you have."
        } else {
            ""
        };
        let mut messages = Vec::with_capacity(calls.len());
        for (call, trace) in calls.iter().zip(traces) {
            outside.called(&trace);
            let told = fenced_result(&call.name, &trace.result, self.question.fence_key) + last;
            for part in [&call.name, &call.arguments_json, &trace.result] {
                self.told.push_str(part);
                self.told.push('\n');
            }
            messages.push(Message::tool(call, if trace.succeeded { Ok(told) } else { Err(told) }));
            self.tools.push(ToolTrace { result: cut(&trace.result, KEPT), ..trace });
        }
        Some(messages)
    }

    async fn one(&self, round: u32, at: usize, again: bool, call: &ToolCall) -> ToolTrace {
        let trace = |succeeded, result: String, duration_ms| ToolTrace {
            round,
            name: cut(&call.name, 64),
            arguments: cut(&call.arguments_json, KEPT),
            succeeded,
            result,
            duration_ms,
            notice: None,
        };
        if again {
            return trace(true, "The same call was made already: see its result.".into(), 0.0);
        }
        if at >= MAX_CALLS {
            return trace(false, format!("At most {MAX_CALLS} tools can be called at once."), 0.0);
        }
        let specs = &self.question.agent.tool_specs;
        let Some(spec) = specs.iter().find(|spec| spec.name == call.name) else {
            let known = specs.iter().map(|spec| spec.name.as_str()).collect::<Vec<_>>().join(", ");
            return trace(false, format!("There is no tool of this name. The tools are: {known}."), 0.0);
        };
        match self.outside.call(&spec.id, &call.arguments_json).await {
            Ok(run) => ToolTrace {
                notice: run.notice,
                ..trace(run.state == ToolRunState::Succeeded, run.result, run.duration_ms)
            },
            Err(problem) => {
                self.outside.log(&format!("the tool {} could not be called: {problem}", spec.id));
                trace(false, "The tool cannot be called right now. Answer without it.".into(), 0.0)
            }
        }
    }
}
