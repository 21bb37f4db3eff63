//! Text of others on a terminal: it must not steer the terminal, forge a line or hide what it says.

/// The text on one line: what is not meant to be read is shown as `\u{…}` is in JSON.
pub(crate) fn escape_line(text: &str) -> String {
    escape_text(text, &[])
}

/// The same, with this program's own line breaks and tabs.
pub(crate) fn escape_lines(text: &str) -> String {
    escape_text(text, &['\n', '\t'])
}

fn escape_text(text: &str, kept: &[char]) -> String {
    if text.chars().all(|c| !is_deceptive(c)) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if !is_deceptive(c) || kept.contains(&c) => shown.push(c),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    shown.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    shown
}

/// Controls, bidirectional overrides, and what takes no room: Unicode's Cc, `Bidi_Control`, and
/// `Default_Ignorable_Code_Point` but for the selectors behind emoji.
///
/// Source: <https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing>, and `DerivedCoreProperties.txt`.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f
            | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0d
            | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0x1_bca0..=0x1_bca3 | 0x1_d173..=0x1_d17a
            | 0xe_0000..=0xe_0fff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_forges_or_hides_is_shown_instead() {
        // adversary A6 and A7: a name wrote lines of a plan, and reached the clipboard by OSC 52.
        for (text, shown) in [
            ("a\n  = nothing is granted", r"a\n  = nothing is granted"),
            ("\u{1b}]52;c;eA==\u{7}", r"\u001b]52;c;eA==\u0007"),
            ("\u{9b}2J", r"\u009b2J"),
            ("abc\u{202e}cba", r"abc\u202ecba"),
            ("a\u{200b}b\u{2066}c\u{feff}", r"a\u200bb\u2066c\ufeff"),
            ("tag\u{e0041}", r"tag\udb40\udc41"),
            ("ERROR\r\n\t", r"ERROR\r\n\t"),
        ] {
            assert_eq!(escape_line(text), shown);
        }
        for honest in ["Größe, 東京, שלום, ❤\u{fe0f} ok", ""] {
            assert_eq!(escape_line(honest), honest);
        }
        assert_eq!(escape_lines("two\n\tlines\u{1b}"), "two\n\tlines\\u001b");
    }
}
