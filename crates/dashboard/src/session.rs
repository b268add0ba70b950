//! Who is signed in, what they may do, and which agent the screens are about.

use crate::api;
use domain::permissions::allows;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::{Agent, Me, Role};
use protocol::permission::Permission;
use protocol::{AgentId, Code, Problem, WorkspaceId};

const AGENT_KEY: &str = "frontdesk.agent";
pub(crate) const HOME: &str = "/app/";
pub(crate) const SIGN_IN: &str = "/app/sign-in";

#[derive(Clone, Copy)]
pub(crate) struct Session {
    pub(crate) me: RwSignal<Option<Me>>,
    pub(crate) agents: RwSignal<Option<Vec<Agent>>>,
    pub(crate) agent: RwSignal<Option<AgentId>>,
    /// A sign-in that waits for its second step.
    pub(crate) challenge: RwSignal<Option<String>>,
    /// Why the session could not be read.
    pub(crate) problem: RwSignal<Option<Problem>>,
}

pub(crate) fn provide() {
    provide_context(Session::new());
}

pub(crate) fn use_session() -> Session {
    use_context().unwrap_or_else(Session::new)
}

impl Session {
    fn new() -> Self {
        Self {
            me: RwSignal::new(None),
            agents: RwSignal::new(None),
            agent: RwSignal::new(None),
            challenge: RwSignal::new(None),
            problem: RwSignal::new(None),
        }
    }

    /// Somebody has signed in; what was known of another workspace is forgotten.
    pub(crate) fn begin(self, me: Me) {
        self.agents.set(None);
        self.agent.set(None);
        self.me.set(Some(me));
    }

    /// Asks who is signed in (unless signing in has just said so) and for the agents, both at once.
    pub(crate) fn start(self) {
        self.problem.set(None);
        if self.me.with_untracked(Option::is_none) {
            spawn_local(async move {
                match api::account::me().await {
                    Ok(me) => self.me.set(Some(me)),
                    Err(problem) => self.fail(problem),
                }
            });
        }
        self.refresh_agents();
    }

    /// Asks for the agents again, as after one was made, renamed or deleted.
    pub(crate) fn refresh_agents(self) {
        spawn_local(async move {
            match api::agents().await {
                Ok(agents) => self.take_agents(agents),
                Err(problem) => self.fail(problem),
            }
        });
    }

    /// The role in the workspace that is looked at.
    pub(crate) fn role(self) -> Option<Role> {
        self.me.with(|me| me.as_ref()?.workspace.as_ref().map(|workspace| workspace.role))
    }

    /// Whether the member may do this here. The server decides; this only spares people a refusal.
    pub(crate) fn may(self, permission: Permission) -> bool {
        self.role().is_some_and(|role| allows(role, permission))
    }

    /// The agents that are at work or being built, without the archived ones.
    pub(crate) fn live_agents(self) -> Vec<Agent> {
        self.agents.with(|agents| {
            agents.iter().flatten().filter(|agent| agent.archived_at.is_none()).cloned().collect()
        })
    }

    pub(crate) fn pick(self, agent: AgentId) {
        remember(Some(agent.as_str()));
        if self.agent.get_untracked().as_ref() != Some(&agent) {
            self.agent.set(Some(agent));
        }
    }

    /// Ends here what ended on the server; the whole document is loaded anew so that nothing stays in memory.
    pub(crate) fn leave(self) {
        remember(None);
        let _ = window().location().assign(SIGN_IN);
    }

    /// The workspace has another name now, which the menu shows too.
    pub(crate) fn rename_workspace(self, id: &WorkspaceId, name: &str) {
        self.me.update(|me| {
            let Some(me) = me else { return };
            for workspace in me.workspaces.iter_mut().chain(me.workspace.as_mut()).filter(|w| w.id == *id) {
                name.clone_into(&mut workspace.name);
            }
        });
    }

    /// The next workspace has other agents.
    pub(crate) fn forget_agent(self) {
        remember(None);
        self.agent.set(None);
    }

    pub(crate) fn current(self) -> Option<Agent> {
        let id = self.agent.get()?;
        self.agents.with(|agents| agents.as_ref()?.iter().find(|agent| agent.id == id).cloned())
    }

    fn take_agents(self, agents: Vec<Agent>) {
        let stored = storage().and_then(|storage| storage.get_item(AGENT_KEY).ok().flatten());
        // The one that is open stays open, archived or not.
        let wanted = self.agent.get_untracked().map(|agent| agent.to_string()).or(stored);
        let pick = agents
            .iter()
            .find(|agent| Some(agent.id.as_str()) == wanted.as_deref())
            .or_else(|| agents.iter().find(|agent| agent.archived_at.is_none()))
            .map(|agent| agent.id.clone());
        self.agents.set(Some(agents));
        if self.agent.with_untracked(|agent| *agent != pick) {
            self.agent.set(pick);
        }
    }

    fn fail(self, problem: Problem) {
        // An ended session leads to the sign-in page, which is where the person finds out.
        if problem.code != Code::SignInRequired {
            self.problem.set(Some(problem));
        }
    }
}

fn remember(agent: Option<&str>) {
    if let Some(storage) = storage() {
        let _ = match agent {
            Some(agent) => storage.set_item(AGENT_KEY, agent),
            None => storage.remove_item(AGENT_KEY),
        };
    }
}

/// The browser's storage; `None` where it is switched off, which only costs the memory of a choice.
pub(crate) fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// Where to go after signing in: a path of this application, never another site.
pub(crate) fn safe_return(next: Option<&str>) -> String {
    match next {
        Some(next)
            if next.starts_with(HOME) && !next.starts_with(SIGN_IN) && !next.contains(['\\', '\n']) =>
        {
            next.to_owned()
        }
        _ => HOME.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_address_stays_inside_the_application() {
        assert_eq!(safe_return(Some("/app/sources/src_1?state=failed")), "/app/sources/src_1?state=failed");
        for outside in
            ["https://evil.example/", "//evil.example", "/v1/auth/me", "/app/sign-in?next=/app/", "/app"]
        {
            assert_eq!(safe_return(Some(outside)), HOME);
        }
        assert_eq!(safe_return(None), HOME);
    }
}
