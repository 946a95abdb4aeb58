//! Serves a sandbox until killed: `cargo run --example sandbox -- SAMPLE PORT`.

// An example prints, and has no settings.
#![allow(clippy::disallowed_macros, clippy::disallowed_methods)]
use vortex::sandbox::{Sandbox, SandboxOptions};

fn main() {
    let mut args = std::env::args().skip(1);
    let sample = args.next().unwrap_or_else(|| "awkward".to_owned());
    let port = args.next().and_then(|p| p.parse().ok()).unwrap_or(9900);
    let options = SandboxOptions {
        port,
        ..SandboxOptions::sample(&sample)
    };
    let sandbox = Sandbox::start(options).expect("starts");
    println!(
        "{}/stores/{} {}",
        sandbox.url(),
        sandbox.hash(),
        sandbox.token()
    );
    loop {
        std::thread::park();
    }
}
