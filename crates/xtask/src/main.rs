//! Developer verbs: `cargo xtask eval --data DIR --out DIR`, `cargo xtask schemas DIR`.

mod eval;
#[cfg(feature = "language-table")]
mod language_table;
mod schemas;

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.first().map(String::as_str) {
        Some("eval") => eval::run(&arguments[1..]),
        #[cfg(feature = "language-table")]
        Some("language-table") => language_table::run(&arguments),
        Some("schemas") => schemas::run(&arguments[1..]),
        _ => Err("usage: cargo xtask eval --data DIR --out DIR | cargo xtask schemas DIR".into()),
    };
    match result {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
