//! The command lines of `az` and `azd` that ask for a token, in every spelling that tools use; whatever is not
//! understood here to the last word is the real program's.

use super::format_named;
use crate::output::Format;

/// What an `az` of a run answers itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plea {
    Version(PrintStyle),
    Account { list: bool, style: PrintStyle },
    Token(TokenPlea),
    AzdToken(TokenPlea),
}

/// How an answer is to be printed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PrintStyle {
    output: Option<String>,
    query: Option<String>,
}

/// A token that is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TokenPlea {
    /// The scope, or the resource as one.
    pub(super) scope: Option<String>,
    pub(super) resource_type: Option<String>,
    pub(super) tenant: Option<String>,
    pub(super) subscription: Option<String>,
    pub(super) claims: Option<String>,
    style: PrintStyle,
}

impl Plea {
    fn style(&self) -> &PrintStyle {
        match self {
            Plea::Version(style) | Plea::Account { style, .. } => style,
            Plea::Token(token) | Plea::AzdToken(token) => &token.style,
        }
    }

    pub(super) fn format(&self) -> Result<Format, String> {
        format_named(self.style().output.as_deref())
    }

    pub(super) fn query(&self) -> Option<&str> {
        self.style().query.as_deref()
    }
}

/// Reads a command line of `az`.
pub(super) fn az_plea(args: &[String]) -> Option<Plea> {
    let commands = args.iter().take_while(|arg| !arg.starts_with('-')).count();
    let (commands, options) = args.split_at(commands);
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    let mut token = TokenPlea::default();
    let of_token = commands == ["account", "get-access-token"];
    for (name, value) in pairs(options)? {
        match (name, value) {
            ("--only-show-errors", None) => {}
            ("--output" | "-o", Some(value)) => token.style.output = Some(value),
            ("--query", Some(value)) => token.style.query = Some(value),
            ("--scope", Some(value)) if of_token => token.scope = Some(value),
            ("--resource", Some(value)) if of_token => {
                token.scope = Some(format!("{value}/.default"))
            }
            ("--resource-type", Some(value)) if of_token => token.resource_type = Some(value),
            ("--tenant" | "-t", Some(value)) if of_token => token.tenant = Some(value),
            ("--subscription" | "-s" | "-n" | "--name", Some(value)) if of_token => {
                token.subscription = Some(value);
            }
            _ => return None,
        }
    }
    match &commands[..] {
        ["version"] => Some(Plea::Version(token.style)),
        ["account", "show"] => Some(Plea::Account { list: false, style: token.style }),
        ["account", "list"] => Some(Plea::Account { list: true, style: token.style }),
        ["account", "get-access-token"] => Some(Plea::Token(token)),
        _ => None,
    }
}

/// Reads a command line of `azd`.
pub(super) fn azd_plea(args: &[String]) -> Option<Plea> {
    let [first, second, options @ ..] = args else { return None };
    if first != "auth" || second != "token" {
        return None;
    }
    let mut token = TokenPlea::default();
    for (name, value) in pairs(options)? {
        match (name, value) {
            ("--no-prompt", None) => {}
            ("--output" | "-o", Some(value)) if value == "json" => {}
            ("--scope", Some(value)) if token.scope.is_none() => token.scope = Some(value),
            ("--tenant-id", Some(value)) => token.tenant = Some(value),
            ("--claims", Some(value)) => token.claims = Some(value),
            _ => return None,
        }
    }
    token.scope.is_some().then_some(Plea::AzdToken(token))
}

/// Names and values of options: `--name value`, `--name=value`, `-o json`, `-o=json`, `-ojson`.
fn pairs(options: &[String]) -> Option<Vec<(&str, Option<String>)>> {
    let mut found = Vec::new();
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        let (name, value) = match option.split_once('=') {
            Some((name, value)) if name.starts_with('-') => (name, Some(value.to_owned())),
            _ if option.starts_with("--") => (option.as_str(), None),
            _ if option.starts_with('-') && option.len() > 2 && option.is_char_boundary(2) => {
                (&option[..2], Some(option[2..].to_owned()))
            }
            _ if option.starts_with('-') => (option.as_str(), None),
            // A word where an option is due.
            _ => return None,
        };
        let value = match value {
            None if !FLAGS.contains(&name) => Some(rest.next()?.clone()),
            value => value,
        };
        found.push((name, value));
    }
    Some(found)
}

/// Options without a value.
const FLAGS: [&str; 6] =
    ["--only-show-errors", "--no-prompt", "--help", "-h", "--debug", "--verbose"];

#[cfg(test)]
mod tests {
    use super::*;

    fn az(line: &str) -> Option<Plea> {
        az_plea(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn every_spelling_that_tools_use_is_understood() {
        for line in ["-o json", "-o=json", "-ojson", "--output json", "--output=json"] {
            let Some(Plea::Token(token)) =
                az(&format!("account get-access-token {line} --scope S/.default"))
            else {
                panic!("{line}")
            };
            assert_eq!(token.style.output.as_deref(), Some("json"), "{line}");
            assert_eq!(token.scope.as_deref(), Some("S/.default"), "{line}");
        }
        let Some(Plea::Token(token)) =
            az("account get-access-token --resource https://r/ --tenant T")
        else {
            panic!()
        };
        assert_eq!(token.scope.as_deref(), Some("https://r//.default"));
        assert_eq!(token.tenant.as_deref(), Some("T"));
    }

    #[test]
    fn what_is_not_understood_is_the_real_programs() {
        for line in [
            "",
            "group list",
            "--version",
            "account",
            "account show --subscription x",
            "account get-access-token --help",
            "account get-access-token --scope",
            "account get-access-token --claims-challenge x",
            "account get-access-token stray",
            "version --tenant x",
        ] {
            assert_eq!(az(line), None, "{line}");
        }
    }

    #[test]
    fn azd_is_asked_for_a_token_and_nothing_else() {
        let azd = |line: &str| azd_plea(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let asked =
            "auth token --output json --no-prompt --scope S/.default --tenant-id T --claims C";
        let Some(Plea::AzdToken(token)) = azd(asked) else { panic!() };
        assert_eq!(token.tenant.as_deref(), Some("T"));
        assert_eq!(token.claims.as_deref(), Some("C"));
        assert_eq!(azd("auth login"), None);
        assert_eq!(azd("auth token --output json"), None);
    }
}
