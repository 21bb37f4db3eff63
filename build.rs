//! Links the unwinder of GCC into the program, where it would otherwise be one library more to load.
//!
//! Loading it is a twentieth of what a cached token costs: it asks the processor what it can do, which is slow
//! in a virtual machine. A linker that has no use for the archive here leaves everything as it was.

// Cargo tells a build script everything by variables.
#[allow(clippy::disallowed_methods)]
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" && target("ARCH") == "x86_64" {
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
}
