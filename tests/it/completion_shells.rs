//! TAB in real shells: the keys of `completions.cases` are typed into bash, zsh, fish and elvish, and
//! the screen is read.

use portable_pty::CommandBuilder;

use crate::completions::known_world;
use crate::support::program::{self, World};
use crate::support::terminal::Terminal;
use crate::support::tool;

const CASES: &str = include_str!("completions.cases");
const PROMPT: &str = "ready>";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Elvish,
}

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
            Shell::Elvish => "elvish",
        }
    }

    /// What a person would have in the start-up file, and Ctrl-T to show the line and the cursor.
    fn start_up(self) -> &'static str {
        match self {
            Shell::Bash => BASH,
            Shell::Zsh => ZSH,
            Shell::Fish => FISH,
            Shell::Elvish => ELVISH,
        }
    }

    fn start(self, world: &World, before: &str) -> Terminal {
        let start_up = world.home().join(".zshrc");
        std::fs::write(&start_up, format!("{before}\n{}", self.start_up())).unwrap();
        let mut command = CommandBuilder::new(tool(self.name()));
        match self {
            Shell::Bash => command.args(["--noprofile", "--rcfile"]),
            Shell::Zsh => {}
            Shell::Fish => command.args(["--no-config", "--init-command"]),
            Shell::Elvish => command.arg("-rc"),
        }
        match self {
            Shell::Bash | Shell::Elvish => command.arg(&start_up),
            Shell::Zsh => command.arg("-i"),
            Shell::Fish => command.arg(format!("source {}", start_up.display())),
        }
        command.cwd(world.home());
        let folder = program::path().parent().unwrap().display().to_string();
        let path = std::env::var("PATH").unwrap();
        let terminal = Terminal::start(
            command,
            &[
                ("PATH".to_owned(), format!("{folder}:{path}")),
                ("HOME".to_owned(), world.home().display().to_string()),
                ("ZDOTDIR".to_owned(), world.home().display().to_string()),
            ],
        );
        let ready = terminal.wait(|screen| screen.trim() == PROMPT);
        ready.unwrap_or_else(|screen| panic!("{self:?} does not start:\n{screen}"));
        terminal
    }
}

const BASH: &str = r#"
source <(az-imageshare completion bash)
bind 'set show-all-if-ambiguous on'
bind 'set bell-style none'
bind 'set completion-query-items 0'
bind 'set page-completions off'
bind 'set enable-bracketed-paste off'
show_line() { printf '[line %s^%s]\n' "${READLINE_LINE:0:READLINE_POINT}" "${READLINE_LINE:READLINE_POINT}"; }
bind -x '"\C-t": show_line'
PS1='ready> '
"#;

const ZSH: &str = r#"
autoload -Uz compinit && compinit -u
source <(az-imageshare completion zsh)
unsetopt list_ambiguous beep prompt_sp
LISTMAX=10000
show_line() { zle -M "[line $LBUFFER^$RBUFFER]"; }
zle -N show_line
bindkey '^T' show_line
PROMPT='ready> '
"#;

const FISH: &str = r#"
az-imageshare completion fish | source
set -g fish_autosuggestion_enabled 0
set -g fish_greeting
function fish_prompt
    echo -n 'ready> '
end
function show_line
    set -l line (commandline)
    set -l at (commandline --cursor)
    printf '\n[line %s^%s]\n' (string sub --length $at -- "$line") (string sub --start (math $at + 1) -- "$line")
    commandline -f repaint
end
bind \ct show_line
"#;

const ELVISH: &str = r#"
eval (az-imageshare completion elvish | slurp)
set edit:prompt = { put 'ready> ' }
set edit:rprompt = { }
set edit:insert:binding[Ctrl-E] = $edit:move-dot-eol~
set edit:insert:binding[Ctrl-L] = $edit:clear~
set edit:insert:binding[Ctrl-T] = {
    var line at = $edit:current-command $edit:-dot
    edit:notify '[line '$line[..$at]'^'$line[$at..]']'
}
"#;

#[derive(Debug, Default)]
struct Case {
    name: String,
    keys: String,
    line: String,
    shows: Vec<String>,
    lacks: Vec<String>,
}

/// The table as one shell runs it.
fn cases(shell: Shell) -> Vec<Case> {
    let mut all: Vec<Case> = Vec::new();
    for text in CASES.lines().filter(|text| !text.is_empty() && !text.starts_with('#')) {
        let (what, value) = text.split_once(' ').unwrap();
        if what == "case" {
            let name = value.to_owned();
            all.push(Case { name, ..Case::default() });
            continue;
        }
        let case = all.last_mut().unwrap();
        let words = || value.split("  ").map(str::to_owned);
        match what {
            "keys" => case.keys = keys(value),
            "line" => match value.split_once(' ') {
                Some((other @ ("bash" | "zsh" | "fish"), line)) => {
                    if other == shell.name() {
                        case.line = line.to_owned();
                    }
                }
                _ => case.line = value.to_owned(),
            },
            "shows" => case.shows.extend(words()),
            "notes" if shell != Shell::Bash => case.shows.extend(words()),
            "notes" => {}
            "lacks" => case.lacks.extend(words()),
            other => panic!("what is `{other}`?"),
        }
    }
    all
}

fn keys(text: &str) -> String {
    let mut keys = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        let (key, after) = after.split_once('>').unwrap();
        keys.push_str(before);
        match key.split_once(' ').unwrap_or((key, "1")) {
            ("tab", _) => keys.push('\t'),
            ("left", times) => keys.push_str(&"\u{1b}[D".repeat(times.parse().unwrap())),
            (other, _) => panic!("which key is `{other}`?"),
        }
        rest = after;
    }
    keys + rest
}

/// Types one case into a shell at its prompt; says what is wrong.
fn play(case: &Case, terminal: &mut Terminal) -> Result<(), String> {
    let wrong = |what: &str, screen: &str| {
        let shown = screen.trim_end();
        Err(format!("{}: {what}, but:\n{shown}\n", case.name))
    };
    terminal.press(&case.keys);
    if let Err(screen) = terminal.wait(|screen| case.shows.iter().all(|text| screen.contains(text)))
    {
        return wrong(&format!("the screen should show {:?}", case.shows), &screen);
    }
    terminal.press("\u{14}");
    let is_shown = |screen: &str| screen.contains("[line ") && screen.contains('^');
    let screen = terminal.wait(|screen| is_shown(screen) && screen.contains(']'));
    let screen = screen.unwrap_or_else(|screen| screen);
    let line = format!("[line {}]", case.line);
    if !screen.contains(&line) {
        return wrong(&format!("the line should be {line}"), &screen);
    }
    if let Some(text) = case.lacks.iter().find(|text| screen.contains(text.as_str())) {
        return wrong(&format!("the screen should not show {text:?}"), &screen);
    }
    // End of line, kill the line, clear the screen: the next case begins as the first did.
    terminal.press("\u{5}\u{15}\u{c}");
    match terminal.wait(|screen| screen.trim() == PROMPT) {
        Ok(_) => Ok(()),
        Err(screen) => wrong("the prompt should be free again", &screen),
    }
}

fn play_all(shell: Shell, before: &str) {
    let world = known_world();
    let mut terminal = shell.start(&world, before);
    let mut wrong = Vec::new();
    for case in cases(shell) {
        if let Err(what) = play(&case, &mut terminal) {
            wrong.push(what);
            terminal = shell.start(&world, before);
        }
    }
    assert!(wrong.is_empty(), "{shell:?}: {} cases\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn bash_completes() {
    play_all(Shell::Bash, "");
}

#[test]
fn bash_completes_beside_the_bash_completion_package() {
    play_all(Shell::Bash, "source /usr/share/bash-completion/bash_completion");
}

#[test]
fn bash_completes_where_colon_and_equals_are_no_breaks() {
    play_all(Shell::Bash, "COMP_WORDBREAKS=$' \\t\\n\"\\'><;|&('");
}

#[test]
fn zsh_completes() {
    play_all(Shell::Zsh, "");
}

#[test]
fn fish_completes() {
    play_all(Shell::Fish, "");
}

/// Elvish quotes in its own way, and opens a list unless what could stand there begins as what was typed.
/// `<enter>` takes the first of the list.
const ELVISH_CASES: [(&str, &str); 11] = [
    ("az-imageshare deleg<tab>", "az-imageshare delegation ^"),
    ("az-imageshare delegation list --dir<tab>", "az-imageshare delegation list --direction ^"),
    ("az-imageshare -o ta<tab>", "az-imageshare -o table ^"),
    (
        "true; az-imageshare --subscription fabrikam:<tab>",
        "true; az-imageshare --subscription fabrikam:eu ^",
    ),
    (
        "az-imageshare --subscription 'Contoso D<tab>",
        "az-imageshare --subscription 'Contoso Dev' ^",
    ),
    (
        "az-imageshare --subscription it<tab><enter>",
        "az-imageshare --subscription 'it''s \"my\" $HOME' ^",
    ),
    (
        "az-imageshare --subscription=fab<tab><enter>",
        "az-imageshare '--subscription=fabrikam:eu' ^",
    ),
    (
        "az-imageshare delegation create --subscription 'Contoso Dev' -g <tab>",
        "az-imageshare delegation create --subscription 'Contoso Dev' -g dev-rg ^",
    ),
    (
        "az-imageshare delegation create --authorization ro<tab><enter>",
        "az-imageshare delegation create --authorization 'role='^",
    ),
    (
        "az-imageshare delegation create --request req<tab><enter>",
        "az-imageshare delegation create --request 'request one.json' ^",
    ),
    ("az-imageshare nosuch<tab>", "az-imageshare nosuch^"),
];

#[test]
fn elvish_completes() {
    let world = known_world();
    let mut terminal = Shell::Elvish.start(&world, "");
    for (typed, line) in ELVISH_CASES {
        let takes = typed.strip_suffix("<enter>");
        terminal.press(&keys(takes.unwrap_or(typed)));
        if takes.is_some() {
            let list = terminal.wait(|screen| screen.contains("COMPLETING argument"));
            list.unwrap_or_else(|screen| panic!("{typed}: no list:\n{screen}"));
            terminal.press("\r");
        }
        terminal.press("\u{14}");
        let line = format!("[line {line}]");
        let shown = terminal.wait(|screen| screen.contains("[line "));
        let shown = shown.unwrap_or_else(|screen| screen);
        assert!(shown.contains(&line), "{typed} should give {line}:\n{shown}");
        terminal.press("\u{5}\u{15}\u{c}");
        let free = terminal.wait(|screen| screen.trim() == PROMPT);
        free.unwrap_or_else(|screen| panic!("the prompt should be free again:\n{screen}"));
    }
}

#[test]
fn elvish_shows_what_could_stand_there_with_notes() {
    let world = known_world();
    let mut terminal = Shell::Elvish.start(&world, "");
    terminal.press("az-imageshare delegation \t");
    let shown = terminal
        .wait(|screen| screen.contains("create (Give another tenant access to images)"))
        .unwrap_or_else(|screen| panic!("the commands should be shown:\n{screen}"));
    assert!(shown.contains("COMPLETING argument"), "{shown}");
}
