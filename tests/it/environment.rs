//! `docs/environment.md` is made of `src/settings/env.rs`; `make accept` rewrites it.

use az_imageshare::env::{ALL, Variable};

const HEAD: &str = "# Environment variables\n\n\
    Every variable that `az-imageshare` reads. Made of `src/settings/env.rs`; `make accept` rewrites it.\n\n\
    | variable | what it does |\n|---|---|\n";

#[test]
fn the_page_is_up_to_date() {
    let rows: String = ALL.iter().map(row).collect();
    snapbox::assert_data_eq!(
        snapbox::Data::text(format!("{HEAD}{rows}")).raw(),
        snapbox::file!["../../docs/environment.md"].raw()
    );
}

#[test]
fn every_variable_is_named_once() {
    let mut names: Vec<&str> = ALL.iter().map(|variable| variable.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ALL.len());
}

fn row(variable: &Variable) -> String {
    format!("| `{}` | {} |\n", variable.name, variable.meaning.replace('|', "\\|"))
}
