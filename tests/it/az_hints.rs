//! Hints name our own commands where there is one. What is left of `az` is a list that only gets shorter.

use std::collections::BTreeMap;

use crate::support::source::{root, rust_files};

/// The `az` commands that a text of the program may name: there is none of ours for them, or they are about `az`
/// itself or about what others run. Whoever mends one takes its line out; none is added.
const LEFT: &str = include_str!("data/az-commands.txt");

#[test]
fn commands_of_az_in_hints_only_get_fewer() {
    let found = named_commands();
    let allowed: BTreeMap<&str, usize> = LEFT
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').unwrap())
        .map(|(count, command)| (command, count.parse().unwrap()))
        .collect();
    let mut wrong = Vec::new();
    for (command, count) in &found {
        match allowed.get(command.as_str()) {
            None => wrong.push(format!("new: {count} {command}")),
            Some(most) if count > most => {
                wrong.push(format!("more: {count} {command}, not {most}"))
            }
            Some(most) if count < most => {
                wrong.push(format!("fewer: write {count} {command} instead of {most}"));
            }
            Some(_) => {}
        }
    }
    let gone = allowed.keys().filter(|command| !found.contains_key(**command));
    wrong.extend(gone.map(|command| format!("gone: take out {command}")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_would_be_new_is_seen() {
    let mut found = BTreeMap::new();
    count_commands("x(\"Run `az sig list -g {g} -o table`.\")\n// Run `az vm list`.\n", &mut found);
    assert_eq!(found, BTreeMap::from([("az sig list".to_owned(), 1)]));
}

/// Each command between backquotes in a literal, without its arguments, and how often it stands there.
fn named_commands() -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for path in rust_files("src") {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        count_commands(product, &mut found);
    }
    found
}

fn count_commands(text: &str, found: &mut BTreeMap<String, usize>) {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    for rest in code.flat_map(|line| line.split("`az ").skip(1)) {
        let call = rest.split('`').next().unwrap_or_default();
        let is_word = |word: &&str| {
            !word.is_empty()
                && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
                && !word.starts_with('-')
        };
        let words: Vec<&str> = call.split(' ').take_while(is_word).collect();
        if !words.is_empty() {
            *found.entry(format!("az {}", words.join(" "))).or_default() += 1;
        }
    }
}
