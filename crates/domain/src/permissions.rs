//! Which role may do what: the one table that the server enforces and the dashboard shows by.
//!
//! Owners may do everything; admins everything but pay and give the workspace away; editors work on agents,
//! knowledge and conversations; viewers look.

use protocol::api::Role;
use protocol::permission::Permission;

/// Whether a role has a permission.
#[must_use]
pub fn allows(role: Role, permission: Permission) -> bool {
    use Permission as P;
    match permission {
        P::AgentsRead
        | P::KnowledgeRead
        | P::ConversationsRead
        | P::LeadsRead
        | P::MembersRead
        | P::WorkspaceRead => true,
        P::AgentsWrite | P::KnowledgeWrite | P::ConversationsWrite | P::LeadsWrite => role != Role::Viewer,
        P::MembersWrite
        | P::WorkspaceWrite
        | P::KeysWrite
        | P::AuditRead
        | P::LeadsErase
        | P::WebhooksRead
        | P::WebhooksWrite
        | P::OperationsRead
        | P::OperationsWrite
        | P::IntegrationsRead
        | P::IntegrationsWrite => {
            matches!(role, Role::Owner | Role::Admin)
        }
        P::BillingWrite | P::WorkspaceOwn => role == Role::Owner,
    }
}

/// Whether an API key may have a permission as a scope. A key cannot make keys or members, pay, or give the
/// workspace away: what it leaked, it could keep.
#[must_use]
pub fn grantable(permission: Permission) -> bool {
    use Permission as P;
    !matches!(permission, P::MembersWrite | P::KeysWrite | P::BillingWrite | P::WorkspaceOwn)
}

/// Whether a member of one role may give, change or take another role. Only owners touch owners.
#[must_use]
pub fn may_assign(by: Role, role: Role) -> bool {
    allows(by, Permission::MembersWrite) && (by == Role::Owner || role != Role::Owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_all_that_the_next_has() {
        let order = [Role::Owner, Role::Admin, Role::Editor, Role::Viewer];
        for pair in order.windows(2) {
            let [more, less] = pair else { continue };
            let had = |role: Role| Permission::ALL.iter().filter(move |p| allows(role, **p)).count();
            assert!(Permission::ALL.iter().all(|p| !allows(*less, *p) || allows(*more, *p)));
            assert!(had(*more) > had(*less));
        }
    }

    #[test]
    fn only_owners_make_owners() {
        assert!(may_assign(Role::Owner, Role::Owner) && !may_assign(Role::Admin, Role::Owner));
        assert!(may_assign(Role::Admin, Role::Admin) && !may_assign(Role::Editor, Role::Viewer));
    }
}
