//! The table of routes: what dispatches requests also generates the OpenAPI document, so neither can miss one.

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
    /// A signed-in member of the workspace.
    Member,
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
    ($($id:ident $method:literal $path:literal $place:ident $access:ident $body:literal => $reply:literal $($list:ident)?, $summary:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum RouteId { $($id,)* }

        pub const ROUTES: &[Route] = &[$(Route {
            id: RouteId::$id, method: $method, path: $path, place: Place::$place, access: Access::$access,
            body: $body, reply: $reply, list: routes!(@list $($list)?), summary: $summary,
        },)*];
    };
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
    Login "POST" "/v1/auth/login" Back Public "LoginRequest" => "Me", "Sign in";
    Logout "POST" "/v1/auth/logout" Back Member "" => "Done", "Sign out";
    Me "GET" "/v1/auth/me" Back Member "" => "Me", "Who is signed in";
    Agents "GET" "/v1/agents" Back Member "" => "Agent" list, "Agents of the workspace";
    AgentOverview "GET" "/v1/agents/{agent}/overview" Back Member "" => "Overview", "An agent at a glance";
    Sources "GET" "/v1/agents/{agent}/sources" Back Member "" => "Source" list, "Sources of an agent";
    CreateSource "POST" "/v1/agents/{agent}/sources" Back Member "NewSource" => "Source", "Add a website or sitemap and crawl it";
    Source "GET" "/v1/sources/{source}" Back Member "" => "Source", "One source with the progress of its crawl";
    DeleteSource "DELETE" "/v1/sources/{source}" Back Member "" => "Done", "Delete a source and all it taught the agent";
    ReindexSource "POST" "/v1/sources/{source}/reindex" Back Member "" => "CrawlStarted", "Crawl a source again";
    SourcePages "GET" "/v1/sources/{source}/pages" Back Member "" => "Page" list, "Pages of the last crawl with their states";
    SourceDocuments "GET" "/v1/sources/{source}/documents" Back Member "" => "Document" list, "Indexed text of a source";
    Conversations "GET" "/v1/agents/{agent}/conversations" Back Member "" => "ConversationSummary" list, "Conversations of an agent, newest first";
    Conversation "GET" "/v1/conversations/{conversation}" Back Member "" => "Conversation", "One conversation with its transcript";
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
