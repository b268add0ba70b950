//! Links with a bound on memory, so that exhaustion is an error this Worker survives: 128 MB are shared by
//! everything that runs in the isolate.

fn main() {
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        println!("cargo:rustc-link-arg-cdylib=--max-memory={}", 96 << 20);
    }
}
