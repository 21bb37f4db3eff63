//! Secrets that were typed into a command line: shells write every line into a file. The file and the number
//! of the line are named, never the line.

use std::path::Path;

use super::check::Check;
use crate::app::App;

const NAME: &str = "shell-history";

/// Looks through the histories of bash, zsh and fish.
pub(super) fn check(app: &App) -> Option<Check> {
    let home = app.settings.observed.home.as_deref()?;
    let found: Vec<String> = HISTORIES.iter().filter_map(|file| look(home, file)).collect();
    if found.is_empty() {
        return Some(Check::ok(NAME, "no secret of az is in a shell's history"));
    }
    Some(Check::warning(
        NAME,
        format!("a secret of az was typed into a command line: {}", found.join("; ")),
        "Delete these lines (bash: `history -d N`), make a new secret in Entra, and pipe it in: `az-imageshare credential add --secret-stdin …`.",
    ))
}

fn look(home: &Path, file: &str) -> Option<String> {
    let path = home.join(file);
    if std::fs::metadata(&path).ok()?.len() > LARGEST {
        return None;
    }
    let content = std::fs::read(&path).ok()?;
    let content = String::from_utf8_lossy(&content);
    let telling = content.lines().enumerate().filter(|(_, line)| tells_a_secret(line));
    let lines: Vec<String> = telling.map(|(index, _)| (index + 1).to_string()).collect();
    let more = if lines.len() > MOST_LINES { ", …" } else { "" };
    let shown = lines.iter().take(MOST_LINES).map(String::as_str).collect::<Vec<_>>().join(", ");
    (!lines.is_empty()).then(|| format!("{}, line {shown}{more}", path.display()))
}

/// True if a secret is given as a value, not by a variable or prompt.
fn tells_a_secret(line: &str) -> bool {
    let is_value = |text: &str| {
        let text = text.trim_start_matches(['"', '\'']);
        !text.is_empty() && !text.starts_with(['$', '-', '`', '@'])
    };
    if let Some((_, value)) = line.split_once("AZURE_CLIENT_SECRET=") {
        return is_value(value.split_whitespace().next().unwrap_or_default());
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let signs_in = words.windows(2).any(|pair| pair == ["az", "login"]);
    let apart = |pair: &[&str]| matches!(pair[0], "-p" | "--password") && is_value(pair[1]);
    let joined = |word: &&str| word.strip_prefix("--password=").is_some_and(is_value);
    signs_in && (words.windows(2).any(apart) || words.iter().any(joined))
}

const HISTORIES: [&str; 4] =
    [".bash_history", ".zsh_history", ".zhistory", ".local/share/fish/fish_history"];
const LARGEST: u64 = 16 * 1024 * 1024;
const MOST_LINES: usize = 5;

#[cfg(test)]
mod tests {
    use super::tells_a_secret;

    #[test]
    fn typed_secrets_are_told_from_variables_and_prompts() {
        for telling in [
            "az login --service-principal -u ID -p abc~1 --tenant T",
            "az login --service-principal --password=abc~1",
            "export AZURE_CLIENT_SECRET=abc",
            ": 1700000000:0;AZURE_CLIENT_SECRET='abc' terraform plan",
        ] {
            assert!(tells_a_secret(telling), "{telling}");
        }
        for harmless in [
            "az login",
            "az login --service-principal -u ID -p \"$SECRET\"",
            "az login -p --tenant T",
            "export AZURE_CLIENT_SECRET=$(pass azure)",
            "ssh -p 22 host",
            "mkdir -p a",
        ] {
            assert!(!tells_a_secret(harmless), "{harmless}");
        }
    }
}
