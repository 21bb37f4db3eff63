//! Patterns with `*` and `?`, as people write them for names and keys.

/// True if all of `text` fits `pattern`; letters count without their case, and `*` also stands for slashes.
pub(crate) fn fits_pattern(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where the last `*` was, and up to where it has swallowed.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, swallowed)) => {
                    star = Some((at, swallowed + 1));
                    (p, t) = (at + 1, swallowed + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_marks_stand_for_other_letters() {
        for (pattern, text, fits) in [
            ("img-*", "IMG-0001", true),
            ("*-sandbox", "img-sandbox", true),
            ("*-sandbox", "img-sandbox-2", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("role/*", "role/x/y", true),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxcyyb", false),
        ] {
            assert_eq!(fits_pattern(pattern, text), fits, "{pattern} {text}");
        }
        let many = "a*".repeat(40);
        assert!(!fits_pattern(
            &many,
            &"a".repeat(2_000).replace("aa", "ab")[..1_000].replace('a', "b")
        ));
    }
}
