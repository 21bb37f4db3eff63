//! Which plain texts YAML 1.1 reads as something else, so that they need quotes: the implicit
//! resolvers of PyYAML's `resolver.py`.

/// Whether PyYAML reads the unquoted text back as a text.
pub(super) fn is_text(text: &str) -> bool {
    !(WORDS.contains(&text) || is_float(text) || is_int(text) || is_timestamp(text))
}

fn is_int(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let all = |digits: &str, accepted: fn(char) -> bool| {
        !digits.is_empty() && digits.chars().all(|c| c == '_' || accepted(c))
    };
    if unsigned == "0" {
        return true;
    }
    if let Some(rest) = unsigned.strip_prefix('0') {
        let binary = rest.strip_prefix('b').is_some_and(|d| all(d, |c| matches!(c, '0' | '1')));
        let hexadecimal = rest.strip_prefix('x').is_some_and(|d| all(d, |c| c.is_ascii_hexdigit()));
        return binary || hexadecimal || all(rest, |c| matches!(c, '0'..='7'));
    }
    let (first, sixties) = unsigned.split_once(':').map_or((unsigned, None), |(a, b)| (a, Some(b)));
    first.starts_with(|c: char| c.is_ascii_digit())
        && all(first, |c| c.is_ascii_digit())
        && sixties.is_none_or(|rest| rest.split(':').all(is_sixtieth))
}

fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let Some((whole, fraction)) = unsigned.split_once('.') else {
        return false;
    };
    let digits = |text: &str| text.chars().all(|c| c == '_' || c.is_ascii_digit());
    let begins = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    if let Some((first, sixties)) = whole.split_once(':') {
        return begins(first)
            && digits(first)
            && sixties.split(':').all(is_sixtieth)
            && digits(fraction);
    }
    let (mantissa, exponent) = match fraction.find(['e', 'E']) {
        Some(at) => (&fraction[..at], Some(&fraction[at + 1..])),
        None => (fraction, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']);
        digits.is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()))
    });
    let number = if whole.is_empty() {
        // Without a whole part there is no sign either.
        text.starts_with('.') && begins(mantissa)
    } else {
        begins(whole) && digits(whole)
    };
    number && digits(mantissa) && exponent_fits
}

/// `[0-5]?[0-9]`.
fn is_sixtieth(text: &str) -> bool {
    match text.as_bytes() {
        [unit] => unit.is_ascii_digit(),
        [ten, unit] => (b'0'..=b'5').contains(ten) && unit.is_ascii_digit(),
        _ => false,
    }
}

/// `2024-01-31`, or a date and a time with optional fraction and zone.
fn is_timestamp(text: &str) -> bool {
    let mut rest = text;
    if !(take_digits(&mut rest, 4, 4) && take_prefix(&mut rest, "-")) {
        return false;
    }
    let month = rest;
    if !(take_digits(&mut rest, 1, 2)
        && take_prefix(&mut rest, "-")
        && take_digits(&mut rest, 1, 2))
    {
        return false;
    }
    if rest.is_empty() {
        return month.len() == "01-31".len();
    }
    let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    rest = &rest[spaces..];
    if spaces == 0 && !take_prefix(&mut rest, "T") && !take_prefix(&mut rest, "t") {
        return false;
    }
    let time = take_digits(&mut rest, 1, 2)
        && take_prefix(&mut rest, ":")
        && take_digits(&mut rest, 2, 2)
        && take_prefix(&mut rest, ":")
        && take_digits(&mut rest, 2, 2);
    if !time {
        return false;
    }
    if take_prefix(&mut rest, ".") {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    rest.is_empty() || is_zone(rest.trim_start_matches([' ', '\t']))
}

fn is_zone(mut rest: &str) -> bool {
    if rest == "Z" {
        return true;
    }
    if !(take_prefix(&mut rest, "-") || take_prefix(&mut rest, "+"))
        || !take_digits(&mut rest, 1, 2)
    {
        return false;
    }
    rest.is_empty()
        || (take_prefix(&mut rest, ":") && take_digits(&mut rest, 2, 2) && rest.is_empty())
}

fn take_prefix(rest: &mut &str, text: &str) -> bool {
    match rest.strip_prefix(text) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

/// Takes as many digits as there are, up to `most`.
fn take_digits(rest: &mut &str, least: usize, most: usize) -> bool {
    let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    *rest = &rest[count..];
    count >= least
}

/// Booleans, null, merge and value.
const WORDS: [&str; 28] = [
    "yes", "Yes", "YES", "no", "No", "NO", "true", "True", "TRUE", "false", "False", "FALSE", "on",
    "On", "ON", "off", "Off", "OFF", "", "~", "null", "Null", "NULL", "<<", "=", "!", "&", "*",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_read_as_other_types_are_known() {
        let other = [
            "0",
            "-0",
            "+12",
            "1_000",
            "0b1_0",
            "-0x_F",
            "012",
            "1:30",
            "190:20:59",
            "1.",
            "1.5e+3",
            ".5",
            "1:2.5",
            "-.inf",
            ".NaN",
            "2024-01-31",
            "2024-1-3 1:02:03",
            "2024-01-31T01:02:03Z",
            "2024-01-31 01:02:03.5 +1:30",
            "~",
            "Yes",
            "=",
            "0_",
        ];
        for text in other {
            assert!(!is_text(text), "{text}");
        }
        let plain = [
            "1e5",
            "1.5e3",
            "-.5",
            "0x",
            "08",
            "1:60",
            "+.nan",
            "2024-1-3",
            "2024-01-31T",
            "y",
            "nULL",
            "_1",
            "0b2",
            "1:",
            "2024-01-31 1:2:3",
            "2024-01-31 01:02:03 +1:3",
            ".",
            "-",
            "+",
            "._1",
        ];
        for text in plain {
            assert!(is_text(text), "{text}");
        }
    }
}
