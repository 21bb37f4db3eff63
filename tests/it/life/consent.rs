//! Who is asked what: by what the plan does, at a real terminal and without one.

use super::digest::{difference, digest};
use super::dry_run::writes;
use super::rows::{Asks, ROWS, Row};
use crate::examples::for_each;
#[cfg(target_os = "linux")]
use crate::support::lab::Lab;

/// Without a terminal: what only adds goes on, everything else needs `--yes`, which never hides the plan.
fn unattended(row: &Row) -> Option<String> {
    let lab = row.lab();
    let before = digest(&lab);
    let ran = row.run(&lab, &[]);
    let told = difference(&before, &digest(&lab));
    match row.asks {
        Asks::Nothing if ran.code != 0 && ran.code != 7 || told.is_empty() => {
            return Some(format!("it did not go on: {ran:?}"));
        }
        Asks::YesOrNo | Asks::Word(_) => {
            let is_asked = ran.code == 2 && ran.stderr.contains("Use --yes");
            if !is_asked || !told.is_empty() || !writes(&lab).is_empty() {
                return Some(format!("nobody agreed:\n{told}\n{ran:?}"));
            }
        }
        Asks::Nothing => {}
    }
    let lab = row.lab();
    let agreed = row.run(&lab, &["--yes"]);
    let shows_plan = agreed.stderr.contains(" to create, ");
    if !shows_plan || ![0, 7].contains(&agreed.code) {
        return Some(format!("with --yes: {agreed:?}"));
    }
    let quiet = row.run(&row.lab(), &["--yes", "--only-show-errors"]);
    quiet.stderr.contains(" to create, ").then(|| format!("the plan was shown: {quiet:?}"))
}

#[test]
fn without_a_terminal_needs_yes_where_something_is_taken_or_opened() {
    for_each(ROWS, 2, Row::name, unattended);
}

#[cfg(target_os = "linux")]
mod at_a_terminal {
    use portable_pty::CommandBuilder;

    use super::*;
    use crate::support::program;
    use crate::support::terminal::Terminal;

    /// What is shown before the question, what is answered, and whether that agrees.
    fn answers<'a>(asks: Asks) -> Vec<(&'static str, &'a str, bool)> {
        match asks {
            Asks::Nothing => vec![("", "", true)],
            Asks::YesOrNo => {
                vec![
                    ("? (y/N): ", "\r", false),
                    ("? (y/N): ", "n\r", false),
                    ("? (y/N): ", "y\r", true),
                ]
            }
            Asks::Word(_) => vec![(" to agree: ", "y\r", false)],
        }
    }

    /// Runs a verb in a terminal, answers, and gives the exit code and what the screen shows in the end.
    fn at_terminal(lab: &Lab, row: &Row, question: &str, answer: &str) -> (u32, String) {
        let mut command = CommandBuilder::new(program::path());
        command.args(row.line(lab, &["-o", "none"]));
        command.cwd(lab.home.path());
        let env: Vec<(String, String)> = lab.variables().clone().into_iter().collect();
        let mut terminal = Terminal::start(command, &env);
        if row.verb == "credential store use" {
            // A new passphrase is typed twice, each time when it is asked for: an end of input that comes too early
            // would be the second answer.
            for prompt in ["New passphrase", "Once more"] {
                let shown = terminal.wait(|screen| screen.contains(prompt));
                assert!(shown.is_ok(), "no prompt: {shown:?}");
                terminal.press(&format!("{}\r", row.input));
            }
        } else if !row.input.is_empty() {
            // What is piped in elsewhere is a line and its end here.
            terminal.press(&format!("{}\r\u{4}", row.input));
        }
        if !question.is_empty() {
            let shown = terminal.wait(|screen| screen.contains(question.trim_end()));
            assert!(shown.is_ok(), "no question: {shown:?}");
            terminal.press(answer);
        }
        terminal.end()
    }

    fn complaint(row: &Row) -> Option<String> {
        let mut tried = answers(row.asks);
        let agreeing = match row.asks {
            Asks::Word(word) => format!("{word}\r"),
            _ => String::new(),
        };
        if !agreeing.is_empty() {
            tried.push((" to agree: ", &agreeing, true));
        }
        for (question, answer, agrees) in tried {
            let lab = row.lab_of_program();
            let before = digest(&lab);
            let (code, screen) = at_terminal(&lab, row, question, answer);
            let told = difference(&before, &digest(&lab));
            let is_right = if agrees {
                [0, 7].contains(&code) && !told.is_empty()
            } else {
                code == 9 && told.is_empty() && writes(&lab).is_empty()
            };
            if !is_right || !screen.contains(" to create, ") {
                return Some(format!("{answer:?} at {question:?}: {code}\n{told}\n{screen}"));
            }
        }
        None
    }

    #[test]
    fn somebody_is_asked_where_something_is_taken_or_opened() {
        for_each(ROWS, 2, Row::name, complaint);
    }
}
