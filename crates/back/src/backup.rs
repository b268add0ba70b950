//! The rows of an installation, page by page: of the relations, and of the objects that hold what is nowhere else. What
//! can be made again from them (`Ledger`, `Knowledge`, `Lounge`, the edges) is in no backup, and a `Conversation` tells
//! what it holds to the relations and the archive.

use platform::relational::Relational;
use platform::sqlite::ObjectSql;
use platform::{Failure, objects};
use protocol::internal::{Call, Nothing};
use protocol::objects::ObjectName;
use protocol::{Code, Problem, WorkspaceId, objects as names};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use store::backup::{self, RELATIONS};
use store::{Row, Statement};
use worker::{Env, Request, Response};

/// The part that is no object.
pub const IN_RELATIONS: &str = "relations";

/// Rows of one table.
#[derive(Serialize, Deserialize)]
pub struct Page {
    pub table: String,
    pub columns: Vec<String>,
    /// The columns that its rows are known by.
    #[serde(default)]
    pub key: Vec<String>,
    /// Each with its number first.
    pub rows: Vec<Vec<Json>>,
    /// What is asked for next; absent at the end of the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An object's rows above a place; from the first where that is empty.
#[derive(Serialize, Deserialize)]
pub struct ReadRows {
    after: String,
}

/// Rows for an object. Those that are there stay as they are.
#[derive(Serialize, Deserialize)]
pub struct WriteRows {
    page: Page,
}

/// All rows of an object are there: what is made from them is made, and what is due begins.
#[derive(Serialize, Deserialize)]
pub struct Wake {}

impl Call for ReadRows {
    const NAME: &'static str = "read_rows";
    type Reply = Page;
}
impl Call for WriteRows {
    const NAME: &'static str = "write_rows";
    type Reply = Nothing;
}
impl Call for Wake {
    const NAME: &'static str = "wake";
    type Reply = Nothing;
}

/// Inside an object: what is asked of its rows.
///
/// # Errors
/// When the response cannot be built.
pub async fn answer(object: &str, request: &mut Request, engine: &ObjectSql) -> worker::Result<Response> {
    if request.path().ends_with(ReadRows::NAME) {
        return objects::reply(object, read(request, engine).await);
    }
    objects::reply(object, write(request, engine).await)
}

async fn read(request: &mut Request, engine: &ObjectSql) -> Result<Page, Failure> {
    let ReadRows { after } = objects::message(request).await?;
    let tables = backup::tables(engine)?;
    let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
    page(&tables, &after, async |statement| Ok(store::Engine::run(engine, &statement)?)).await
}

async fn write(request: &mut Request, engine: &ObjectSql) -> Result<Nothing, Failure> {
    let WriteRows { page } = objects::message(request).await?;
    if !backup::tables(engine)?.contains(&page.table) {
        return Err(unknown(&page.table));
    }
    for statement in puts(&page)? {
        store::Engine::run(engine, &statement)?;
    }
    Ok(Nothing {})
}

/// The first rows above a place in these tables.
async fn page(
    tables: &[&str],
    after: &str,
    ask: impl AsyncFn(Statement) -> Result<Vec<Row>, Failure>,
) -> Result<Page, Failure> {
    let wrong = || Problem::field("after", "This is no place of ours. Begin without one.");
    let (mut at, mut from) = match after.split_once(':') {
        None => (0, 0),
        Some((table, number)) => (
            tables.iter().position(|one| *one == table).ok_or_else(wrong)?,
            number.parse().map_err(|_| wrong())?,
        ),
    };
    while let Some(table) = tables.get(at) {
        let (mut columns, mut key) = (Vec::new(), Vec::new());
        for row in ask(backup::columns(table)?).await? {
            columns.push(row.text(0)?.to_owned());
            if row.integer::<u32>(1)? > 0 {
                key.push(row.text(0)?.to_owned());
            }
        }
        let rows = ask(backup::page(table, &columns, from)?).await?;
        if let Some(last) = rows.last() {
            let next = Some(format!("{table}:{}", last.integer::<i64>(0)?));
            let rows = rows.iter().map(backup::as_json).collect::<Result<_, _>>()?;
            return Ok(Page { table: (*table).to_owned(), columns, key, rows, next });
        }
        (at, from) = (at + 1, 0);
    }
    Ok(Page { table: String::new(), columns: Vec::new(), key: Vec::new(), rows: Vec::new(), next: None })
}

fn puts(page: &Page) -> Result<Vec<Statement>, Failure> {
    let put = |row: &Vec<Json>| backup::put(&page.table, &page.columns, row);
    Ok(page.rows.iter().map(put).collect::<Result<_, _>>()?)
}

fn unknown(table: &str) -> Failure {
    let words =
        format!("There is no table {table} here. Deploy the release that the backup is of, then restore it.");
    Problem::new(Code::Invalid, words).into()
}

/// A page of a part, which is the relations or the name of an object.
///
/// # Errors
/// When there is no such part, or it does not answer.
pub async fn read_part(env: &Env, part: &str, after: String) -> Result<Page, Failure> {
    if part == IN_RELATIONS {
        let database = Relational::of(env)?;
        let tables: Vec<&str> = RELATIONS.iter().rev().copied().collect();
        return page(&tables, &after, async |statement| database.rows(&statement).await).await;
    }
    let (binding, object) = object(env, part).await?;
    objects::call(env, binding, &object, &ReadRows { after }).await
}

/// Puts a page where it was, and notes in a restore that it is here.
///
/// # Errors
/// When there is no such part, or it refuses the page.
pub async fn write_part(env: &Env, part: &str, page: Page, came: Statement) -> Result<(), Failure> {
    let database = Relational::of(env)?;
    let mut statements = Vec::new();
    if part == IN_RELATIONS {
        if !RELATIONS.contains(&page.table.as_str()) {
            return Err(unknown(&page.table));
        }
        statements = puts(&page)?;
    } else {
        let (binding, object) = object(env, part).await?;
        objects::call(env, binding, &object, &WriteRows { page }).await?;
    }
    statements.push(came);
    database.batch(&statements).await
}

/// Wakes the object of a name.
///
/// # Errors
/// When there is no such object, or it does not answer.
pub async fn wake(env: &Env, part: &str) -> Result<(), Failure> {
    let (binding, object) = object(env, part).await?;
    objects::call(env, binding, &object, &Wake {}).await.map(|_| ())
}

/// Whether something is being restored: until it is whole, nothing that is due begins.
///
/// # Errors
/// When the database does not answer.
pub async fn is_restoring(env: &Env) -> Result<bool, Failure> {
    Ok(Relational::of(env)?.first(&backup::restoring()).await?.is_some())
}

/// The object of a part, and its binding.
async fn object(env: &Env, part: &str) -> Result<(&'static str, ObjectName), Failure> {
    let none = || Problem::field("part", "There is no such part of an installation.");
    let mut words = part.split('/');
    let (kind, workspace, id) = (words.next(), words.next().unwrap_or_default(), words.next());
    let workspace: WorkspaceId = workspace.parse().map_err(|_| none())?;
    let row = Relational::of(env)?.first(&backup::jurisdiction(&workspace)).await?;
    let jurisdiction = backup::read_jurisdiction(&row.ok_or_else(none)?)?;
    Ok(match (kind, id) {
        (Some("archive"), None) => ("ARCHIVE", names::archive(&workspace, jurisdiction)),
        (Some("crawl"), Some(id)) => ("CRAWL", names::crawl(&workspace, &id.parse()?, jurisdiction)),
        (Some("endpoint"), Some(id)) => ("ENDPOINT", names::endpoint(&workspace, &id.parse()?, jurisdiction)),
        _ => return Err(none().into()),
    })
}
