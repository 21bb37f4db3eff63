//! Terminal sequences inside cells, which take no room: colors and links.

/// Whether the text holds a sequence.
pub(super) fn has_sequence(text: &str) -> bool {
    text.match_indices(ESCAPE).any(|(at, _)| leading_sequence(&text[at..]).is_some())
}

/// The text as a terminal shows it: without colors, and links as their text.
pub(super) fn without_sequences(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(ESCAPE) {
        shown.push_str(&rest[..at]);
        rest = &rest[at..];
        match leading_sequence(rest) {
            Some((length, link)) => {
                shown.push_str(link);
                rest = &rest[length..];
            }
            None => {
                shown.push(ESCAPE);
                rest = &rest[1..];
            }
        }
    }
    shown + rest
}

/// The length of the sequence at the start, and the text it links.
fn leading_sequence(text: &str) -> Option<(usize, &str)> {
    if let Some(after) = text.strip_prefix("\x1b[") {
        let bytes = after.as_bytes();
        let parameters = bytes.iter().take_while(|b| (0x30..=0x3f).contains(*b)).count();
        let between = bytes[parameters..].iter().take_while(|b| (0x20..=0x2f).contains(*b)).count();
        let end = parameters + between;
        return matches!(bytes.get(end), Some(0x40..=0x7e)).then_some((2 + end + 1, ""));
    }
    let after = skip_parameters(text.strip_prefix("\x1b]8;")?).strip_prefix(';')?;
    let (address, after) = after.split_at(after.find(ESCAPE)?);
    let after = after.strip_prefix("\x1b\\")?;
    let (shown, after) = after.split_at(after.find(ESCAPE)?);
    let after = after.strip_prefix("\x1b]8;;\x1b\\")?;
    let complete = !address.is_empty() && !shown.is_empty();
    complete.then_some((text.len() - after.len(), shown))
}

/// Skips `key=value:` pairs.
fn skip_parameters(mut text: &str) -> &str {
    let word = |text: &str| {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        (end > 0).then_some(end)
    };
    loop {
        let Some(rest) = word(text).and_then(|end| text[end..].strip_prefix('=')) else {
            return text;
        };
        let Some(end) = word(rest) else {
            return text;
        };
        text = rest[end..].strip_prefix(':').unwrap_or(&rest[end..]);
    }
}

const ESCAPE: char = '\x1b';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_and_links_take_no_room() {
        assert_eq!(without_sequences("\x1b[1;31mred\x1b[0m é"), "red é");
        assert_eq!(without_sequences("a\x1b]8;id=1;https://x\x1b\\link\x1b]8;;\x1b\\b"), "alinkb");
        assert!(!has_sequence("\x1b é \x1b[é"));
        assert_eq!(without_sequences("\x1b[é"), "\x1b[é");
    }
}
