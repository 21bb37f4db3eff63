//! Answers a shell that asks what could be at the cursor.
//!
//! Comes before everything else of a run: it opens no keyring, no connection and no runtime, waits for no
//! lock, and writes nothing but the answer. clap_complete's engine knows the grammar; values come from
//! files of this program and of `az`, and from the index of names. What cannot be read is not offered, and that
//! is all that happens. The scripts that ask are in `commands/completion`.

use std::ffi::OsString;

use crate::commands::completion::ENTRY;
use crate::process::Process;
use candidate::Candidates;
use context::CompletionContext;
use grammar::GrammarAnswer;
use line::CommandLine;
use shell::Dialect;

pub(crate) use suggest::likely_values;

mod candidate;
mod context;
mod files;
mod grammar;
mod key_value;
mod line;
mod resources;
mod shell;
mod suggest;
mod value_kind;
mod values;

/// Answers, if the arguments are a shell's question.
pub(crate) fn answer_shell(args: &[OsString], process: &Process) -> Option<u8> {
    let (_program, rest) = args.split_first()?;
    let (entry, rest) = rest.split_first()?;
    if entry != ENTRY {
        return None;
    }
    let rest: Vec<String> = rest.iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    if let Some((shell, typed)) = shell_question(&rest) {
        let asked = grammar::allowed_at_cursor(&typed);
        let kind = asked.value.as_ref().map(|wanted| wanted.kind);
        let own = kind.and_then(|kind| shell.completes_itself(kind));
        let answer = match own {
            Some(word) => word.to_owned(),
            None => shell.answer(&collect_candidates(asked, &typed, process), &typed),
        };
        super::stream::write_quietly(&process.stdout, &answer);
    }
    Some(0)
}

fn shell_question(args: &[String]) -> Option<(Dialect, CommandLine)> {
    let (name, args) = args.split_first()?;
    let shell = Dialect::named(name)?;
    Some((shell, shell.read(args)?))
}

fn collect_candidates(asked: GrammarAnswer, typed: &CommandLine, process: &Process) -> Candidates {
    let mut all = Candidates::default();
    if let Some(wanted) = &asked.value {
        let context = CompletionContext::new(process, typed);
        values::complete_value(wanted, &context, &mut all);
        let lead = typed.current().strip_suffix(wanted.typed.as_str());
        match lead.filter(|lead| !lead.is_empty()) {
            Some(lead) => all.lead_with(lead),
            // Behind `--flag=` it is a value; as a word of its own it would be taken for a flag.
            None => all.retain(|value| !value.starts_with('-')),
        }
    }
    all.append(&asked.words);
    all
}

#[cfg(test)]
mod tests;
