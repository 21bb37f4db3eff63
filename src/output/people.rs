//! Text for people on a terminal, in place of JSON: lines whose first sign says what happens.

/// A line of a plan in the color of its sign; the sign stays where there is no color.
pub(crate) fn painted_line(line: &str, has_color: bool) -> String {
    let mut characters = line.chars();
    let code = match (characters.next(), characters.next()) {
        (Some('+'), Some(' ')) => "32",
        (Some('~' | '!'), Some(' ')) => "33",
        (Some('-'), Some(' ')) => "31",
        (Some('='), Some(' ')) => "2",
        _ => return line.to_owned(),
    };
    if has_color { format!("\x1b[{code}m{line}\x1b[0m") } else { line.to_owned() }
}

/// All lines, each with its end.
pub(super) fn painted(lines: &[String], has_color: bool) -> String {
    lines.iter().map(|line| painted_line(line, has_color) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_have_colors_and_stay_without_them() {
        assert_eq!(painted_line("- role", true), "\x1b[31m- role\x1b[0m");
        assert_eq!(painted_line("- role", false), "- role");
        assert_eq!(painted_line("title", true), "title");
    }
}
