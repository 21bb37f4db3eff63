//! The examples in the help of every command, run as they stand; and what every help has to say.
//!
//! The commands are taken from the grammar: a new one is tested by being there. `examples/set_ups.rs`
//! says in which world an example runs, and how to add one.

mod book;
mod set_ups;
mod sharing;
mod shell;
mod stage;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) use book::{Leaf, after_help, below, block, examples, labeled, leaves, tree};
pub(crate) use set_ups::stage;
pub(crate) use shell::call;

use crate::support::lab::Lab;

/// Columns of a terminal that help fits into.
const WIDTH: usize = 100;

#[test]
fn every_example_runs() {
    let leaves = leaves();
    let lines = every_example(&leaves);
    assert!(lines.len() > 40, "the examples were found: {}", lines.len());
    for_each(
        &lines,
        4,
        |(_, line)| line.clone(),
        |(leaf, line)| {
            let stage = stage(&leaf.name, Lab::new());
            let ran = stage.run(leaf, line, &[]);
            (!stage.codes.contains(&ran.code)).then(|| format!("{ran:?}"))
        },
    );
}

/// Every example of commands and groups, with the command that it calls.
pub(crate) fn every_example(leaves: &[Leaf]) -> Vec<(&Leaf, String)> {
    leaves
        .iter()
        .flat_map(|leaf| leaf.examples.iter().map(move |line| (leaf, line.clone())))
        .chain(book::of_groups(leaves))
        .collect()
}

/// Does work for each item on a few threads, and fails with all complaints. A panic is a complaint.
#[track_caller]
pub(crate) fn for_each<T: Sync>(
    items: &[T],
    threads: usize,
    name: impl Fn(&T) -> String,
    work: impl Fn(&T) -> Option<String> + Sync,
) {
    let (next, complaints) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { break };
                    let done = catch_unwind(AssertUnwindSafe(|| work(item)));
                    let complaint = done.unwrap_or_else(|panic| Some(said(&*panic)));
                    let mut complaints = complaints.lock().unwrap();
                    complaints.extend(complaint.map(|what| (at, what)));
                }
            });
        }
    });
    let mut complaints = complaints.into_inner().unwrap();
    complaints.sort();
    let (wrong, all) = (complaints.len(), items.len());
    let told = complaints.iter().map(|(at, what)| format!("{}: {what}", name(&items[*at])));
    let told: Vec<String> = told.collect();
    assert!(wrong == 0, "{wrong} of {all}:\n\n{}", told.join("\n\n"));
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
}

#[test]
fn every_help_says_what_people_need() {
    let wrong: Vec<String> = leaves().iter().flat_map(lacks).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[should_panic(expected = "2 of 3:\n\n1: odd\n\n3: a panic")]
fn what_goes_wrong_in_a_thread_is_told() {
    for_each(&[1, 2, 3], 2, i32::to_string, |item| match item {
        3 => std::panic::panic_any(3),
        item => (item % 2 == 1).then(|| "odd".to_owned()),
    });
}

/// What the help of a command lacks.
fn lacks(leaf: &Leaf) -> Vec<String> {
    let text = after_help(&leaf.command);
    let about = leaf.command.get_about().map(ToString::to_string).unwrap_or_default();
    let long = leaf.command.get_long_about().map(ToString::to_string).unwrap_or_default();
    let own = format!("  az-imageshare {}", leaf.name);
    let link = |label| labeled(&text, label).is_some_and(|links| links.contains("https://"));
    let is_summary = !about.is_empty()
        && !about.contains('\n')
        && !about.ends_with('.')
        && about.starts_with(|c: char| c.is_uppercase());
    let checks = [
        (is_summary, "a summary: one line, a capital first, no full stop"),
        (long.len() > about.len() + 20, "a paragraph below the summary"),
        (
            block(&text).lines().filter(|line| line.starts_with(&own)).count() >= 2,
            "two examples of its own",
        ),
        (labeled(&text, "Permissions").is_some_and(|text| !text.is_empty()), "`Permissions:`"),
        (link("API") || link("See"), "`API:` or `See:` with an https link"),
    ];
    let missing = checks.iter().filter(|(there, _)| !there);
    missing.map(|(_, what)| format!("`{}` lacks {what}", leaf.name)).collect()
}

#[test]
fn help_fits_the_terminal() {
    let mut wrong = Vec::new();
    too_wide(&tree(), &Lab::new(), &mut Vec::new(), &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Looks at what is printed, and at what is written: an example that clap had to break cannot be copied.
fn too_wide(command: &clap::Command, lab: &Lab, words: &mut Vec<String>, wrong: &mut Vec<String>) {
    let mut texts = vec![after_help(command)];
    for flag in ["--help", "-h"] {
        let args: Vec<&str> = words.iter().map(String::as_str).chain([flag]).collect();
        let ran = lab.run(&args);
        assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
        texts.push(ran.stdout);
    }
    let lines = texts.iter().flat_map(|text| text.lines());
    let wide = lines.filter(|line| line.chars().count() > WIDTH);
    wrong.extend(wide.map(|line| format!("`{}`: {line}", words.join(" "))));
    for sub in below(command) {
        words.push(sub.get_name().to_owned());
        too_wide(sub, lab, words, wrong);
        words.pop();
    }
}

/// `[default: client_id in [imageshare] …]` reads as if it ended at the first bracket.
#[test]
fn brackets_in_a_help_do_not_nest() {
    let mut wrong = Vec::new();
    for leaf in leaves() {
        let helps = leaf.command.get_arguments().filter_map(clap::Arg::get_help);
        wrong.extend(helps.map(ToString::to_string).filter(|text| nests(text)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(nests("[default: a in [b]]") && !nests("[default: a], [b]"));
}

fn nests(text: &str) -> bool {
    let opened = |part: &str| part.matches('[').count() > 1;
    text.split(']').any(opened)
}

#[test]
fn every_set_up_belongs_to_a_command() {
    let leaves = leaves();
    for words in set_ups::words() {
        let fits = |leaf: &Leaf| leaf.name == words || leaf.name.starts_with(&format!("{words} "));
        assert!(words.is_empty() || leaves.iter().any(fits), "no command begins with `{words}`");
    }
}

#[test]
fn a_poor_help_would_be_seen() {
    let command =
        clap::Command::new("poor").about("Does it.").after_help("Examples:\n  az-imageshare poor");
    let examples = examples("Examples:\n  az-imageshare poor");
    let leaf = Leaf { name: "poor".to_owned(), command, examples };
    assert_eq!(lacks(&leaf).len(), 5, "{:?}", lacks(&leaf));
    let (wide, mut wrong) = (clap::Command::new("wide").after_help("x".repeat(101)), Vec::new());
    too_wide(&wide, &Lab::new(), &mut Vec::new(), &mut wrong);
    assert!(!wrong.is_empty());
}
