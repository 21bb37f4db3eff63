//! Text for people on a terminal, instead of JSON: lines whose first sign says what happens.

use super::escape::escape_line;
use super::table::fold_remark;

/// A line of a plan or a check in the color of its sign; the sign stays where there is no color.
pub(crate) fn painted_line(line: &str, has_color: bool) -> String {
    let mut characters = line.chars();
    let code = match (characters.next(), characters.next()) {
        (Some('+' | '✓'), Some(' ')) => "32",
        (Some('~' | '!'), Some(' ')) => "33",
        (Some('-' | '✗'), Some(' ')) => "31",
        (Some('='), Some(' ')) => "2",
        _ => return line.to_owned(),
    };
    if has_color { format!("\x1b[{code}m{line}\x1b[0m") } else { line.to_owned() }
}

/// All lines, each with its end, folded to the window; what others wrote cannot steer it.
pub(super) fn painted(lines: &[String], has_color: bool, width: Option<usize>) -> String {
    let mut text = String::new();
    for line in lines {
        let line = escape_line(line);
        let inside = line.trim_start_matches(' ');
        let indent = line.len() - inside.len();
        let hang = indent + 2;
        let room = width.unwrap_or(usize::MAX).saturating_sub(hang).max(20);
        for (n, part) in fold_remark(inside, room).iter().enumerate() {
            let blanks = " ".repeat(if n == 0 { indent } else { hang });
            let color = has_color && n == 0;
            text.push_str(&painted_line(&format!("{blanks}{part}"), color));
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_have_colors_and_stay_without_them() {
        assert_eq!(painted_line("- role", true), "\x1b[31m- role\x1b[0m");
        assert_eq!(painted_line("- role", false), "- role");
        assert_eq!(painted_line("✓ tenant", true), "\x1b[32m✓ tenant\x1b[0m");
        assert_eq!(painted_line("title", true), "title");
    }

    #[test]
    fn long_lines_hang_and_nothing_steers_the_terminal() {
        let lines = ["  one two three four five six".to_owned(), "a\u{1b}[2J".to_owned()];
        let text = painted(&lines, false, Some(24));
        assert_eq!(text, "  one two three four\n    five six\na\\u001b[2J\n");
    }
}
