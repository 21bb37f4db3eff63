//! "Did you mean" for names of things in Azure and of credentials: from what completion knows, without asking anybody.

use super::candidate::Candidates;
use super::context::CompletionContext;
use super::grammar;
use super::line::CommandLine;
use super::value_kind::ValueKind;
use super::values::complete_value;
use crate::ops::access::similar::nearest;
use crate::process::Process;

/// For each value on the line that nothing known is called, what it is most likely a slip of: the flag and the name.
/// With `existing`, the error says that something does not exist; else only the place of things is looked at.
pub(crate) fn likely_values(
    args: &[String],
    existing: bool,
    process: &Process,
) -> Vec<(String, String)> {
    let places = (1..args.len()).filter(|at| may_be_value(args, *at));
    places.filter_map(|at| likely_value(args, at, existing, process)).collect()
}

/// A value is behind a flag, or behind the sign in `--flag=value`.
fn may_be_value(args: &[String], at: usize) -> bool {
    let word = &args[at];
    if word.starts_with('-') { word.contains('=') } else { args[at - 1].starts_with('-') }
}

fn likely_value(
    args: &[String],
    at: usize,
    existing: bool,
    process: &Process,
) -> Option<(String, String)> {
    let (lead, value) = match args[at].split_once('=') {
        Some((flag, value)) if flag.starts_with('-') => (format!("{flag}="), value),
        _ => (String::new(), args[at].as_str()),
    };
    let at_cursor = |beginning: &str| {
        let mut words = args.to_vec();
        words[at] = format!("{lead}{beginning}");
        CommandLine::new(words, at)
    };
    let typed = at_cursor("");
    let wanted = grammar::allowed_at_cursor(&typed).value?;
    let place = matches!(
        wanted.kind,
        ValueKind::ResourceGroup | ValueKind::Subscription | ValueKind::ResourceName(_)
    );
    let named =
        matches!(wanted.kind, ValueKind::Credential | ValueKind::Delegation | ValueKind::Location);
    let is_tenant = matches!(wanted.kind, ValueKind::Tenant);
    if !(place || ((named || is_tenant) && existing)) {
        return None;
    }
    // Domains are offered to those who have typed the first letter of one.
    let first = value.chars().next().filter(|_| is_tenant);
    let typed = at_cursor(&first.map_or_else(String::new, String::from));
    let wanted = grammar::allowed_at_cursor(&typed).value?;
    let mut known = Candidates::default();
    complete_value(&wanted, &CompletionContext::new(process, &typed), &mut known);
    let names: Vec<&str> = known.iter().map(|found| found.value).collect();
    // Azure does not tell capitals from small letters; the names of credentials and offers are ours to tell apart.
    let is_known =
        |name: &&str| if named { **name == *value } else { name.eq_ignore_ascii_case(value) };
    if names.iter().any(is_known) {
        return None;
    }
    Some((wanted.flag, nearest(value, names)?.to_owned()))
}
