//! Developer verbs: `cargo xtask eval --data DIR --out DIR`, `cargo xtask schemas DIR`, `cargo xtask fuzz --seconds N`.

mod eval;
mod fuzz;
#[cfg(feature = "language-table")]
mod language_table;
mod schemas;

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.first().map(String::as_str) {
        Some("eval") => eval::run(&arguments[1..]),
        #[cfg(feature = "language-table")]
        Some("language-table") => language_table::run(&arguments),
        Some("fuzz") => fuzz::run(&arguments[1..]),
        Some("schemas") => schemas::run(&arguments[1..]),
        _ => Err("usage: cargo xtask eval --data DIR --out DIR | cargo xtask schemas DIR | cargo xtask fuzz [--seconds N] [--seed N]".into()),
    };
    match result {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
