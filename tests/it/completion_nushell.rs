//! TAB in a real Nushell. It has no completion of clap_complete's, and quotes in its own way.

use portable_pty::CommandBuilder;

use crate::completions::known_world;
use crate::support::program::{self, World};
use crate::support::terminal::Terminal;
use crate::support::tools_folder;

const START_UP: &str = r#"
$env.config.show_banner = false
$env.PROMPT_COMMAND = {|| "ready> " }
$env.PROMPT_COMMAND_RIGHT = {|| "" }
$env.PROMPT_INDICATOR = ""
"#;

fn start(world: &World) -> Terminal {
    let shell = tools_folder().join("nushell/node_modules/@nushell/linux-x64/bin/nu");
    assert!(shell.is_file(), "Nushell is missing: run `make tools`, which installs it");
    let script = std::fs::read_to_string(
        crate::support::source::root().join("completions/az-imageshare.nu"),
    );
    let (config, env) = (world.home().join("config.nu"), world.home().join("env.nu"));
    std::fs::write(&config, format!("{}{START_UP}", script.unwrap())).unwrap();
    std::fs::write(&env, "").unwrap();
    let mut command = CommandBuilder::new(shell);
    command.args(["--no-history", "--config", config.to_str().unwrap()]);
    command.args(["--env-config", env.to_str().unwrap()]);
    command.cwd(world.home());
    let folder = program::path().parent().unwrap().display().to_string();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap());
    let home = world.home().display().to_string();
    let terminal =
        Terminal::start(command, &[("PATH".to_owned(), path), ("HOME".to_owned(), home)]);
    let ready = terminal.wait(|screen| screen.trim() == "ready>");
    ready.unwrap_or_else(|screen| panic!("Nushell does not start:\n{screen}"));
    terminal
}

#[test]
fn nushell_completes() {
    let world = known_world();
    let mut terminal = start(&world);
    for (typed, line) in [
        ("az-imageshare deleg\t", "ready> az-imageshare delegation"),
        ("az-imageshare -o ta\t", "ready> az-imageshare -o table"),
        (
            "az-imageshare delegation list --dir\t",
            "ready> az-imageshare delegation list --direction",
        ),
        (
            "az-imageshare --subscription fabrikam:\t",
            "ready> az-imageshare --subscription fabrikam:eu",
        ),
        ("az-imageshare nosuch\t", "NO RECORDS FOUND"),
    ] {
        terminal.press(typed);
        let shown = terminal.wait(|screen| screen.contains(line));
        shown.unwrap_or_else(|screen| panic!("{typed:?} should give {line}:\n{screen}"));
        terminal.press("\u{3}\u{c}");
        let free = terminal.wait(|screen| screen.trim() == "ready>");
        free.unwrap_or_else(|screen| panic!("the prompt should be free again:\n{screen}"));
    }
}

#[test]
fn nushell_shows_notes() {
    let world = known_world();
    let mut terminal = start(&world);
    terminal.press("az-imageshare delegation \t");
    let shown =
        terminal.wait(|screen| screen.contains("create") && screen.contains("access to images"));
    shown.unwrap_or_else(|screen| panic!("the commands should be shown:\n{screen}"));
}
