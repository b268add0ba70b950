//! A customer's PostgreSQL: statements that members wrote, with bound arguments, as a read-only role, in a read-only
//! transaction, within limits of time and rows. It is reached through a Hyperdrive binding that the operator gave to the
//! workspace, or at the address in the customer's connection string.

use ingest::address::guard;
use percent_encoding::percent_decode_str;
use platform::{Failure, clock, config};
use protocol::api::{IntegrationSecret, LiveCall, QueryKind, QueryParameter};
use serde_json::{Value, json};
use store::Tenant;
use url::Url;
use worker::{Env, SecureTransport, Socket};

use super::Trouble;
use super::postgres::{Connection, Login, Wrong};
use crate::crawl::local_hosts;
use crate::integrations::refused;

const HYPERDRIVE: &str = "hyperdrive:";
/// Milliseconds for logging in and for what is asked when a database is connected.
const PATIENCE_MS: f64 = 10_000.0;
/// The longest time of a statement.
const STATEMENT_MS: f64 = 15_000.0;
const NO_ROWS: &str = "Nothing was found.";

/// What a role may do that should only read: one table that it may write, or a right that reaches further. Its own
/// temporary tables end with the connection.
const RIGHTS: &str = "SELECT current_database(), \
    (SELECT (r.rolsuper OR r.rolcreaterole OR r.rolreplication)::text FROM pg_roles r WHERE r.rolname = current_user), \
    (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
     AND n.nspname NOT LIKE 'pg\\_t%' AND has_schema_privilege(n.oid, 'USAGE') \
     AND (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') OR has_any_column_privilege(c.oid, 'INSERT, UPDATE')) LIMIT 1), \
    (SELECT r.rolname::text FROM pg_roles r WHERE r.rolname IN ('pg_write_all_data', 'pg_read_server_files', \
     'pg_write_server_files', 'pg_execute_server_program') AND pg_has_role(r.oid, 'MEMBER') LIMIT 1)";
const READER: &str = "Connect with a role that can only read: CREATE ROLE frontdesk LOGIN PASSWORD '\u{2026}'; \
    GRANT SELECT ON the tables that agents may read TO frontdesk;";

/// Where a database is.
enum Way {
    /// The name of the binding.
    Hyperdrive(String),
    Direct {
        address: String,
        login: Login,
        tls: bool,
    },
}

/// A connection string, checked.
///
/// # Errors
/// `invalid` where it is none, or leads where it may not.
pub fn accepted(env: &Env, tenant: &Tenant, connection: &str) -> Result<IntegrationSecret, Failure> {
    let connection = connection.trim().to_owned();
    way(env, tenant, &connection).map_err(|trouble| refused("secret", trouble.words))?;
    Ok(IntegrationSecret::Database { connection })
}

/// Whether the operator gave this binding to this workspace: `HYPERDRIVE_WORKSPACES` is `BINDING=workspace` by commas.
fn is_given(env: &Env, tenant: &Tenant, binding: &str) -> bool {
    let given = config::optional(env, "HYPERDRIVE_WORKSPACES").unwrap_or_default();
    given
        .split(',')
        .filter_map(|pair| pair.trim().split_once('='))
        .any(|(name, workspace)| name == binding && workspace == tenant.workspace().as_str())
}

fn way(env: &Env, tenant: &Tenant, connection: &str) -> Result<Way, Trouble> {
    let wrong = |words: &str| Err(words.to_owned().into());
    if let Some(binding) = connection.strip_prefix(HYPERDRIVE) {
        return if is_given(env, tenant, binding) {
            Ok(Way::Hyperdrive(binding.to_owned()))
        } else {
            wrong(
                "There is no Hyperdrive binding of this name for this workspace. Ask the operator of this installation.",
            )
        };
    }
    let form = "Enter the whole connection string, as in postgres://user:password@db.example.com:5432/shop.";
    let Ok(url) = Url::parse(connection) else { return wrong(form) };
    let text = |part: &str| percent_decode_str(part).decode_utf8().map(|text| text.into_owned()).ok();
    let parts =
        (text(url.username()), url.password().and_then(text), text(url.path().trim_start_matches('/')));
    let (Some(user), Some(password), Some(database)) = parts else { return wrong(form) };
    let whole = matches!(url.scheme(), "postgres" | "postgresql") && !user.is_empty() && !password.is_empty();
    let host = url.host_str().unwrap_or_default();
    if !whole || host.is_empty() || database.is_empty() || connection.len() > 2_000 {
        return wrong(form);
    }
    let address = format!("{host}:{}", url.port().unwrap_or(5432));
    let is_local = local_hosts(env).contains(&address);
    // The guard's rules for names and numbers are those of web addresses; the port is PostgreSQL's.
    let Ok(public) = Url::parse(&format!("https://{host}/")) else { return wrong(form) };
    if !is_local && guard::check(&public, &[]).is_err() {
        return wrong(
            "The database has to be reachable at a public name or number. Use Cloudflare's Hyperdrive for a private one.",
        );
    }
    let mode = url.query_pairs().find(|(name, _)| name == "sslmode").map(|(_, mode)| mode.into_owned());
    let tls = !is_local || mode.is_some_and(|mode| mode != "disable");
    Ok(Way::Direct { address, login: Login { user, password, database }, tls })
}

async fn open(env: &Env, tenant: &Tenant, connection: &str, deadline: f64) -> Result<Connection, Trouble> {
    let unreachable = |_| Trouble::from(words(&Wrong::Unreachable));
    let opened = match way(env, tenant, connection)? {
        // Hyperdrive encrypts on its way to the database; what is between us does not leave Cloudflare.
        Way::Hyperdrive(binding) => {
            let hyperdrive = env.hyperdrive(&binding).map_err(unreachable)?;
            let login = Login {
                user: hyperdrive.user(),
                password: hyperdrive.password(),
                database: hyperdrive.database(),
            };
            let socket = hyperdrive.connect().map_err(unreachable)?;
            Connection::open(socket, &login, false, deadline).await
        }
        Way::Direct { address, login, tls } => {
            let (host, port) = address.rsplit_once(':').unwrap_or((&address, "5432"));
            let secure = if tls { SecureTransport::StartTls } else { SecureTransport::Off };
            let socket = Socket::builder()
                .secure_transport(secure)
                .connect(host, port.parse().unwrap_or(5432))
                .map_err(unreachable)?;
            Connection::open(socket, &login, tls, deadline).await
        }
    };
    opened.map_err(|wrong| words(&wrong).into())
}

/// Signs in and looks at what the role may do: it may only read.
pub async fn verify(env: &Env, tenant: &Tenant, connection: &str) -> Result<String, Trouble> {
    let deadline = clock::ticks_ms() + PATIENCE_MS;
    let mut open = open(env, tenant, connection, deadline).await?;
    let rows = open.rows(RIGHTS, &[], &[], 1).await;
    open.close().await;
    let rows = rows.map_err(|wrong| Trouble::from(words(&wrong)))?;
    let cell = |at: usize| rows.first().and_then(|row| row.get(at)).and_then(Option::as_deref);
    if cell(1) != Some("false") {
        return Err(format!("This role may administer the database server. {READER}").into());
    }
    if let Some(table) = cell(2) {
        return Err(format!("This role may write {table}. {READER}").into());
    }
    if let Some(role) = cell(3) {
        return Err(
            format!("This role is a member of {role}, which reaches further than reading. {READER}").into()
        );
    }
    let database = cell(0).unwrap_or_default();
    Ok(match way(env, tenant, connection)? {
        Way::Hyperdrive(binding) => format!("{binding}.hyperdrive/{database}"),
        Way::Direct { address, .. } => format!("{address}/{database}"),
    })
}

/// The statement as it is run: within a SELECT, so that it can be nothing else, each row as one JSON text, and one row
/// more than is told, to know whether there are more.
fn wrapped(live: &LiveCall) -> String {
    format!(
        "SELECT row_to_json(found)::text FROM (\n{}\n) AS found LIMIT {}",
        live.statement,
        live.max_rows + 1
    )
}

/// PostgreSQL's numbers of types (pg_type.oid).
fn oid(parameter: &QueryParameter) -> u32 {
    match parameter.kind {
        QueryKind::Text => 25,
        QueryKind::Integer => 20,
        QueryKind::Number => 1_700,
        QueryKind::Boolean => 16,
        QueryKind::Date => 1_082,
    }
}

fn oids(live: &LiveCall) -> Vec<u32> {
    live.parameters.iter().map(oid).collect()
}

/// Nothing is written, whatever a statement calls, and no statement runs on when nobody waits for it.
fn begin(ms: f64) -> String {
    format!("BEGIN READ ONLY; SET LOCAL statement_timeout = {ms:.0}; SET LOCAL lock_timeout = {ms:.0}")
}

/// Whether the database understands a statement; it is not run.
pub async fn try_out(env: &Env, tenant: &Tenant, connection: &str, live: &LiveCall) -> Result<(), Trouble> {
    let deadline = clock::ticks_ms() + PATIENCE_MS;
    let mut open = open(env, tenant, connection, deadline).await?;
    let understood = async {
        open.run(&begin(PATIENCE_MS)).await?;
        open.understand(&wrapped(live), &oids(live)).await
    }
    .await;
    open.close().await;
    understood.map_err(|wrong| words(&wrong).into())
}

/// Runs a statement with its arguments: its rows as JSON.
pub async fn query(
    env: &Env,
    tenant: &Tenant,
    connection: &str,
    live: &LiveCall,
    values: &[Option<String>],
    ms: f64,
) -> Result<String, Trouble> {
    let ms = ms.min(STATEMENT_MS);
    // A little longer than the statement, so that it is the database that ends it, and says so.
    let deadline = clock::ticks_ms() + ms + 2_000.0;
    let mut open = open(env, tenant, connection, deadline).await?;
    let found = async {
        open.run(&begin(ms)).await?;
        let rows = open.rows(&wrapped(live), &oids(live), values, live.max_rows + 1).await?;
        open.run("ROLLBACK").await?;
        Ok(rows)
    }
    .await;
    open.close().await;
    let rows = found.map_err(|wrong: Wrong| Trouble::from(words(&wrong)))?;
    let most = usize::try_from(live.max_rows).unwrap_or_default();
    let read =
        |row: &Vec<Option<String>>| -> Option<Value> { serde_json::from_str(row.first()?.as_deref()?).ok() };
    let told: Vec<Value> = rows.iter().take(most).filter_map(read).collect();
    if told.is_empty() {
        return Ok(NO_ROWS.to_owned());
    }
    let mut answer = json!({ "rows": told });
    if rows.len() > most {
        let more = format!("There are more. Only the first {most} are told.");
        if let Some(fields) = answer.as_object_mut() {
            fields.insert("note".into(), more.into());
        }
    }
    Ok(answer.to_string())
}

/// What went wrong, for members and models. A server's words are told where they are about the statement; of a login
/// they could name what nobody else should know.
fn words(wrong: &Wrong) -> String {
    match wrong {
        Wrong::Unreachable => "The database cannot be reached. Check its address, and that its firewall lets Cloudflare in.".into(),
        Wrong::NoTls => "The database does not offer an encrypted connection with a valid certificate. Switch TLS on there.".into(),
        Wrong::TimedOut => "The database did not answer in time.".into(),
        Wrong::TooLarge => "The database's answer is too large. Select fewer columns or rows.".into(),
        Wrong::Unexpected(words) => (*words).to_owned(),
        Wrong::Said(code, message) => match code.get(..2).unwrap_or_default() {
            "28" => "The database does not accept this user name and password.".into(),
            "3D" => "There is no such database on the server.".into(),
            "53" | "57" if code != "57014" => "The database takes no more connections just now.".into(),
            _ if code == "57014" => "The statement took too long and was ended. Make it faster, as with an index.".into(),
            _ if code == "25006" => "The statement would write, which is not allowed.".into(),
            _ => format!("The database says: {} ({code})", domain::tools::cut(message, 300)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_told_as_what_to_do() {
        let said = |code: &str| words(&Wrong::Said(code.into(), "relation \"x\" does not exist".into()));
        assert!(said("28P01").contains("user name") && said("57014").contains("too long"));
        assert!(said("53300").contains("no more connections") && said("57P03").contains("no more"));
        assert!(said("25006").contains("would write") && said("42P01").contains("relation \"x\""));
    }
}
