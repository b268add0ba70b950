//! `cargo xtask eval --data DIR --out DIR`: runs production code over a folder of evaluation data and writes
//! the result files its scorers read. Sets that the folder does not hold are skipped.

pub mod answers;
pub mod articles;
pub mod baseline;
pub mod docs;
pub mod engine;
pub mod injection;
pub mod langid;
pub mod retrieval;
pub mod robots;
pub mod webhooks;

use std::path::{Path, PathBuf};

pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A set of the evaluation: its name, and what runs it (data folder, output folder).
type Set = (&'static str, fn(&Path, &Path) -> Result<()>);

const SETS: &[Set] = &[
    ("retrieval", retrieval::run),
    ("baseline", baseline::run),
    ("answers", answers::run),
    ("injection", injection::run),
    ("articles", articles::run),
    ("docs", docs::run),
    ("langid", langid::run),
    ("robots", robots::run),
    ("webhooks", webhooks::run),
];

pub fn run(arguments: &[String]) -> Result<()> {
    let option = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).map(PathBuf::from)
    };
    let (Some(data), Some(out)) = (option("--data"), option("--out")) else {
        return Err("usage: cargo xtask eval --data DIR --out DIR [--only SET]".into());
    };
    let only = option("--only");
    std::fs::create_dir_all(&out)?;
    for (name, set) in SETS {
        if only.as_ref().is_none_or(|only| only.as_os_str() == *name) {
            let begun = std::time::Instant::now();
            set(&data, &out)?;
            eprintln!("{name}: {:.1} s", begun.elapsed().as_secs_f64());
        }
    }
    Ok(())
}
