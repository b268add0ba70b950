//! Who is signed in, and which agent the screens are about.

use crate::api;
use domain::permissions::allows;
use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::api::{Agent, Me, Role};
use protocol::permission::Permission;
use protocol::{AgentId, Code, Problem};

const AGENT_KEY: &str = "frontdesk.agent";
pub(crate) const HOME: &str = "/app/";
pub(crate) const SIGN_IN: &str = "/app/sign-in";

#[derive(Clone, Copy)]
pub(crate) struct Session {
    pub(crate) me: RwSignal<Option<Me>>,
    pub(crate) agents: RwSignal<Option<Vec<Agent>>>,
    pub(crate) agent: RwSignal<Option<AgentId>>,
    /// Why the session could not be read.
    pub(crate) problem: RwSignal<Option<Problem>>,
}

pub(crate) fn provide() {
    provide_context(Session {
        me: RwSignal::new(None),
        agents: RwSignal::new(None),
        agent: RwSignal::new(None),
        problem: RwSignal::new(None),
    });
}

pub(crate) fn use_session() -> Session {
    use_context().unwrap_or_else(|| Session {
        me: RwSignal::new(None),
        agents: RwSignal::new(None),
        agent: RwSignal::new(None),
        problem: RwSignal::new(None),
    })
}

impl Session {
    /// Asks who is signed in (unless signing in has just said so) and for the agents, both at once.
    pub(crate) fn start(self) {
        self.problem.set(None);
        if self.me.with_untracked(Option::is_none) {
            spawn_local(async move {
                match api::me().await {
                    Ok(me) => self.me.set(Some(me)),
                    Err(problem) => self.fail(problem),
                }
            });
        }
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

    pub(crate) fn current(self) -> Option<Agent> {
        let id = self.agent.get()?;
        self.agents.with(|agents| agents.as_ref()?.iter().find(|agent| agent.id == id).cloned())
    }

    fn take_agents(self, agents: Vec<Agent>) {
        let wanted = storage().and_then(|storage| storage.get_item(AGENT_KEY).ok().flatten());
        let pick = agents
            .iter()
            .find(|agent| Some(agent.id.as_str()) == wanted.as_deref())
            .or_else(|| agents.first())
            .map(|agent| agent.id.clone());
        self.agents.set(Some(agents));
        self.agent.set(pick);
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
