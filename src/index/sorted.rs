//! Sorted lines in a file, of which only a few pieces are read: the whole would cost a TAB a third of its time.
//!
//! Whatever the file holds, lines come out of it or none do: what cannot be read is as if it were not there.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// The lines behind the head of a file.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    file: Option<File>,
    start: u64,
    end: u64,
}

/// Bytes that are read at once; most lines have 100 to 300.
const PIECE: u64 = 4096;

impl Sorted {
    /// Takes a file with this head, a line break at its end and no more than `most` bytes; any other is
    /// taken for empty.
    pub(super) fn of(file: File, head: &[u8], most: u64) -> Sorted {
        let end = file.metadata().map_or(0, |found| found.len());
        let sorted = Sorted {
            file: Some(file),
            start: head.len() as u64,
            end,
        };
        let whole = (sorted.start..=most).contains(&end)
            && sorted.piece(0, sorted.start) == head
            && sorted.piece(end - 1, end) == b"\n";
        if whole { sorted } else { Sorted::default() }
    }

    /// All lines.
    pub(super) fn all(&self) -> Vec<u8> {
        self.piece(self.start, self.end)
    }

    /// The lines that begin with `prefix`, and in a file that is not sorted perhaps others.
    pub(super) fn beginning_with(&self, prefix: &str) -> Vec<u8> {
        let mut behind = prefix.as_bytes().to_vec();
        // No byte of UTF-8 is the highest.
        if let Some(last) = behind.last_mut() {
            *last += 1;
        }
        self.piece(
            self.lower_bound(prefix.as_bytes()),
            self.lower_bound(&behind),
        )
    }

    /// The first line that is not less than `key`.
    pub(super) fn at_least(&self, key: &[u8]) -> Option<Vec<u8>> {
        let from = self.lower_bound(key);
        let mut to = from;
        while to < self.end {
            to = self.end.min(to + PIECE);
            let mut piece = self.piece(from, to);
            if let Some(length) = line_end(&piece) {
                piece.truncate(length);
                return Some(piece);
            }
        }
        None
    }

    /// Where the first line is that is not less than `key`.
    fn lower_bound(&self, key: &[u8]) -> u64 {
        let (mut low, mut high) = (self.start, self.end);
        while high - low > PIECE {
            match self.compare_behind(low + (high - low) / 2, high, key) {
                Some((Ordering::Less, _, end)) => low = end,
                Some((_, start, _)) => high = start,
                // No line begins and ends there: the rest is gone through as it is.
                None => break,
            }
        }
        for line in self.piece(low, high).split_inclusive(|byte| *byte == b'\n') {
            if line.strip_suffix(b"\n").unwrap_or(line) >= key {
                break;
            }
            low += line.len() as u64;
        }
        low
    }

    /// How the first line that begins behind `at` compares to `key`, where it begins, and where the next does.
    fn compare_behind(&self, at: u64, high: u64, key: &[u8]) -> Option<(Ordering, u64, u64)> {
        let piece = self.piece(at, high.min(at + PIECE));
        let start = line_end(&piece)? + 1;
        let line = &piece[start..];
        let length = line_end(line)?;
        let start = at + start as u64;
        Some((line[..length].cmp(key), start, start + length as u64 + 1))
    }

    fn piece(&self, from: u64, to: u64) -> Vec<u8> {
        let length = to.saturating_sub(from);
        let mut piece = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        if let Some(mut file) = self.file.as_ref()
            && file.seek(SeekFrom::Start(from)).is_ok()
            && file.take(length).read_to_end(&mut piece).is_err()
        {
            piece.clear();
        }
        piece
    }
}

fn line_end(text: &[u8]) -> Option<usize> {
    text.iter().position(|byte| *byte == b'\n')
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const HEAD: &[u8] = b"head\n";

    fn file(lines: &[String]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(HEAD).unwrap();
        for line in lines {
            writeln!(file, "{line}").unwrap();
        }
        file
    }

    fn sorted(lines: &[String]) -> Sorted {
        Sorted::of(file(lines), HEAD, 1 << 30)
    }

    fn numbered(count: usize, width: usize) -> Vec<String> {
        (0..count)
            .map(|n| format!("{:05}{}", n * 2, "-".repeat(n * 7 % width)))
            .collect()
    }

    #[test]
    fn every_line_is_found_by_its_beginning_however_long_the_lines_are() {
        for (count, width) in [(1, 1), (3, 2), (2000, 90), (60, 9000), (1, 20_000)] {
            let lines = numbered(count, width);
            let sorted = sorted(&lines);
            for (at, line) in lines.iter().enumerate().step_by(1 + count / 50) {
                let found = sorted.beginning_with(&line[..5]);
                assert_eq!(found, format!("{line}\n").into_bytes(), "{count} {width}");
                let next = sorted.at_least(format!("{:05}", at * 2 + 1).as_bytes());
                let expected = lines.get(at + 1).map(|line| line.clone().into_bytes());
                assert_eq!(next, expected);
            }
            assert_eq!(sorted.beginning_with("00001"), b"");
            assert_eq!(sorted.all().len(), lines.concat().len() + count);
        }
    }

    #[test]
    fn a_prefix_of_many_lines_gives_them_all() {
        let lines = numbered(5000, 60);
        let wanted: Vec<&String> = lines.iter().filter(|l| l.starts_with("01")).collect();
        let found = sorted(&lines).beginning_with("01");
        assert_eq!(found.split_inclusive(|b| *b == b'\n').count(), wanted.len());
    }

    #[test]
    fn another_head_no_end_or_too_many_bytes_is_an_empty_file() {
        let lines = numbered(3, 2);
        assert_eq!(Sorted::of(file(&lines), b"other\n", 100).all(), b"");
        assert_eq!(Sorted::of(file(&lines), HEAD, 10).all(), b"");
        let mut open = file(&lines);
        open.write_all(b"half a li").unwrap();
        assert_eq!(Sorted::of(open, HEAD, 100).all(), b"");
        assert_eq!(Sorted::of(file(&[]), HEAD, 100).at_least(b"a"), None);
        assert_eq!(Sorted::default().beginning_with("a"), b"");
    }
}
