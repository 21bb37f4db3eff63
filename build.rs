//! Links the program to a fixed address on Linux.
//!
//! A program that can lie anywhere has its 25,000 pointers corrected at every start, which is a third of
//! what a cached token costs. SECURITY.md says what is given up for it.

// Cargo tells a build script everything by variables.
#[allow(clippy::disallowed_methods)]
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" && target("ARCH") == "x86_64" {
        println!("cargo:rustc-link-arg-bin=az-imageshare=-no-pie");
    }
}
