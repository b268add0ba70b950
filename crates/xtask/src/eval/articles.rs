//! `articles`: the main text of gzipped pages of the web.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use ingest::page::Block;
use serde::{Deserialize, Serialize};
use url::Url;

use super::Result;

/// What the ground truth says besides the text.
#[derive(Deserialize)]
struct Truth {
    url: Option<String>,
}

#[derive(Serialize)]
struct Article {
    #[serde(rename = "articleBody")]
    body: String,
}

/// Writes `articles.json`: the text of each page, by the stem of its file.
pub fn run(data: &Path, out: &Path) -> Result<()> {
    let folder = data.join("articles");
    if !folder.join("html").exists() {
        return Ok(());
    }
    let truth: BTreeMap<String, Truth> = match std::fs::read(folder.join("ground-truth.json")) {
        Ok(bytes) => serde_json::from_slice(&bytes)?,
        Err(_) => BTreeMap::new(),
    };
    let mut results = BTreeMap::new();
    for entry in std::fs::read_dir(folder.join("html"))? {
        let path = entry?.path();
        let Some(stem) =
            path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".html.gz"))
        else {
            continue;
        };
        let mut html = Vec::new();
        flate2::read::MultiGzDecoder::new(std::fs::File::open(&path)?).read_to_end(&mut html)?;
        let address =
            truth.get(stem).and_then(|truth| truth.url.as_deref()).unwrap_or("https://example.com/");
        let mut page = ingest::page::extract(&html, None, &Url::parse(address)?);
        // The data keeps an article's headline apart from its body; our blocks begin with it.
        page.blocks.retain(|block| !matches!(block, Block::Heading { level: 1, .. }));
        results.insert(stem.to_owned(), Article { body: page.text() });
    }
    Ok(std::fs::write(out.join("articles.json"), serde_json::to_vec(&results)?)?)
}
