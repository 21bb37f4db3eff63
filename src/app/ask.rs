//! A question on stderr, and its answer from standard input.

use std::io::ErrorKind;
use std::sync::PoisonError;

use super::App;
use crate::error::{Error, Kind, Result};
use crate::process::Source;

impl App {
    /// Asks for a word or two and reads the answer, in lower case; `None` if there is none any more.
    pub async fn ask(&self, question: &str) -> Result<Option<String>> {
        self.reporter.ask(question);
        read_answer(self.stdin.clone()).await
    }
}

/// Reads one line without holding up the runtime: Ctrl-C must work while the question is open.
async fn read_answer(stdin: Source) -> Result<Option<String>> {
    let unreadable =
        |reason: String| Error::new(Kind::Failure, format!("standard input: {reason}"));
    tokio::task::spawn_blocking(move || read_line(&stdin))
        .await
        .map_err(|err| unreadable(err.to_string()))?
        .map_err(|err| unreadable(err.to_string()))
}

fn read_line(stdin: &Source) -> std::io::Result<Option<String>> {
    let mut stdin = stdin.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = Vec::new();
    let mut byte = [0];
    loop {
        match stdin.read(&mut byte) {
            Ok(0) if text.is_empty() => return Ok(None),
            Ok(0) => break,
            Ok(_) if byte[0] == b'\n' || text.len() == LONGEST_ANSWER => break,
            Ok(_) => text.push(byte[0]),
            Err(err) if err.kind() == ErrorKind::Interrupted => {}
            Err(err) => return Err(err),
        }
    }
    Ok(Some(String::from_utf8_lossy(&text).trim().to_ascii_lowercase()))
}

const LONGEST_ANSWER: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;
    use std::sync::{Arc, Mutex};

    fn source(text: &str) -> Source {
        Arc::new(Mutex::new(Cursor::new(text.as_bytes().to_vec())))
    }

    #[test]
    fn one_line_is_read_and_the_next_is_left() {
        let stdin = source("  Yes \r\nn\n");
        assert_eq!(read_line(&stdin).unwrap().as_deref(), Some("yes"));
        assert_eq!(read_line(&stdin).unwrap().as_deref(), Some("n"));
        assert_eq!(read_line(&stdin).unwrap(), None);
    }

    #[test]
    fn a_line_without_end_is_an_answer() {
        assert_eq!(read_line(&source("y")).unwrap().as_deref(), Some("y"));
    }
}
