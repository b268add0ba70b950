//! What is noted about an address beside its state: how its text came to be, and what the site said before.

use protocol::api::{Page, Renderer};
use protocol::internal::{Outcome, Report, Task, TaskKind};

use crate::sql::{Engine, Error, sql};
use crate::tenant::{name, named};

pub(super) fn migrate(engine: &dyn Engine) -> Result<(), Error> {
    for statement in [
        // `own`: speaks for itself, wherever it says that it leads. `refused`: the site would not let us in, and has
        // let us in nowhere since.
        "CREATE TABLE IF NOT EXISTS notes (url TEXT PRIMARY KEY, own INTEGER NOT NULL DEFAULT 0, \
         refused INTEGER NOT NULL DEFAULT 0, rendered TEXT, needs_script INTEGER NOT NULL DEFAULT 0, remark TEXT)",
        "CREATE TABLE IF NOT EXISTS shapes (place TEXT NOT NULL, shape TEXT NOT NULL, addresses INTEGER NOT NULL, \
         PRIMARY KEY (place, shape))",
        // Pages a renderer was allowed for; `gain` says whether that brought any text.
        "CREATE TABLE IF NOT EXISTS renders (url TEXT PRIMARY KEY, gain INTEGER)",
    ] {
        engine.run(&sql(statement))?;
    }
    Ok(())
}

pub(super) fn clear(engine: &dyn Engine) -> Result<(), Error> {
    for table in ["notes", "shapes", "renders"] {
        engine.run(&sql(format!("DELETE FROM {table}")))?;
    }
    Ok(())
}

/// Sets a mark of an address.
pub(super) fn set(engine: &dyn Engine, url: &str, mark: Mark) -> Result<(), Error> {
    let column = match mark {
        Mark::Own => "own",
        Mark::Refused => "refused",
    };
    engine.run(
        &sql(format!(
            "INSERT INTO notes (url, {column}) VALUES (?1, 1) ON CONFLICT (url) DO UPDATE SET {column} = 1"
        ))
        .bind(url),
    )?;
    Ok(())
}

#[derive(Clone, Copy)]
pub(super) enum Mark {
    Own,
    Refused,
}

pub(super) fn is_own(engine: &dyn Engine, url: &str) -> Result<bool, Error> {
    Ok(!engine.run(&sql("SELECT 1 FROM notes WHERE url = ?1 AND own").bind(url))?.is_empty())
}

/// A page that speaks for itself was asked for before that was known, and the answer comes now.
pub(super) fn is_overruled(engine: &dyn Engine, report: &Report) -> Result<bool, Error> {
    let elsewhere = matches!(report.outcome, Outcome::Redirected { http_status: 200, .. });
    Ok(elsewhere && is_own(engine, &report.url)?)
}

/// Tells whoever takes pages what is known of them.
pub(super) fn brief(engine: &dyn Engine, tasks: &mut [Task]) -> Result<(), Error> {
    let check = super::blocked::check(engine)?;
    for task in tasks.iter_mut().filter(|task| task.kind == TaskKind::Page) {
        task.own = is_own(engine, &task.url)?;
        task.check.clone_from(&check);
    }
    Ok(())
}

/// How the page's text came to be.
pub(super) fn keep(engine: &dyn Engine, report: &Report) -> Result<(), Error> {
    if let Some(gained) = report.render_gained {
        engine.run(
            &sql("UPDATE renders SET gain = ?2 WHERE url = ?1").bind(report.url.as_str()).bind(gained),
        )?;
    }
    engine.run(
        &sql("INSERT INTO notes (url, rendered, needs_script, remark) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (url) \
             DO UPDATE SET rendered = excluded.rendered, needs_script = excluded.needs_script, remark = excluded.remark")
            .bind(report.url.as_str())
            .bind(report.rendered.map(|renderer| name(&renderer)))
            .bind(report.needs_script)
            .bind(report.remark.as_deref()),
    )?;
    Ok(())
}

/// Forgets who was refused.
pub(super) fn let_in(engine: &dyn Engine) -> Result<(), Error> {
    engine.run(&sql("UPDATE notes SET refused = 0 WHERE refused")).map(|_| ())
}

/// Adds the notes to listed pages.
pub(super) fn add(engine: &dyn Engine, pages: &mut [Page]) -> Result<(), Error> {
    for page in pages {
        let rows = engine.run(
            &sql("SELECT rendered, needs_script, remark FROM notes WHERE url = ?1").bind(page.url.as_str()),
        )?;
        let Some(row) = rows.first() else { continue };
        page.rendered = match row.text_or_null(0)? {
            Some(_) => Some(named::<Renderer>(row, 0)?),
            None => None,
        };
        page.needs_script = row.integer::<u32>(1)? > 0;
        page.remark = row.text_or_null(2)?.map(str::to_owned);
    }
    Ok(())
}
