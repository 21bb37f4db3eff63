//! What the linker is told for Linux, so that a start costs less. A cached token is all start, and so is a TAB.

const MAP: &str = "AZ_IMAGESHARE_LINK_MAP";

// Cargo tells a build script everything by variables.
#[allow(clippy::disallowed_methods)]
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=packaging/start.ld");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") != "linux" || target("ENV") != "gnu" || target("ARCH") != "x86_64" {
        return;
    }
    // The unwinder of GCC would otherwise be one library more to load, a twentieth of a cached token: it asks the
    // processor what it can do, which is slow in a virtual machine. A linker that has no use for the archive leaves
    // everything as it was.
    println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    // The functions that a start runs through lie side by side: a fifth of a TAB went into reading in 64 KB for each.
    // `make order` finds out which they are, from a program in which everything lies as it comes.
    println!("cargo:rerun-if-env-changed={MAP}");
    let flags = std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    // They read no such script. The program is the same without, and starts more slowly.
    let others = ["fuse-ld=gold", "fuse-ld=mold", "fuse-ld=wild"];
    if let Ok(map) = std::env::var(MAP) {
        println!("cargo:rustc-link-arg-bins=-Wl,--no-demangle,-Map={map}");
    } else if !others.iter().any(|other| flags.contains(other)) {
        let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo:rustc-link-arg-bins=-T{folder}/packaging/start.ld");
    }
}
