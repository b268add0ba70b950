//! How many pages of a run are rendered: a browser is asked only while that brings text, and only so often.

use protocol::internal::AllowRenderReply;

use crate::sql::{Engine, Error, sql};

/// Renders without any new text after which a site is not rendered any more, if none has brought any.
const FRUITLESS: u32 = 3;

/// Whether a page may be rendered. A page that was allowed once is allowed again.
///
/// # Errors
/// When the database refuses.
pub fn allow_render(engine: &dyn Engine, url: &str, most: u32) -> Result<AllowRenderReply, Error> {
    let rows = engine.run(
        &sql("SELECT count(*), coalesce(sum(gain = 0), 0), coalesce(sum(gain = 1), 0), coalesce(sum(url = ?1), 0) FROM renders")
            .bind(url),
    )?;
    let Some(row) = rows.first() else { return Ok(AllowRenderReply { refused: None }) };
    let (all, vain, gained, this) =
        (row.integer::<u32>(0)?, row.integer::<u32>(1)?, row.integer::<u32>(2)?, row.integer::<u32>(3)?);
    let refused = if this > 0 {
        None
    } else if gained == 0 && vain >= FRUITLESS {
        Some("Running them brought no text on other pages of this site".to_owned())
    } else if all >= most {
        Some(format!("The scripts of {most} pages were run already, which is the most of one crawl"))
    } else {
        engine.run(&sql("INSERT INTO renders (url) VALUES (?1)").bind(url))?;
        None
    };
    Ok(AllowRenderReply { refused })
}
