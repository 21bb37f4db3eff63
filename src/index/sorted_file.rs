//! Sorted lines in a file, of which only a few pieces are read: the whole would cost a TAB a third of its time.
//!
//! Whatever the file holds, lines come out of it or none do: what cannot be read is as if it were not there.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Take};

/// The lines behind the head of a file.
#[derive(Debug, Default)]
pub(super) struct SortedFile {
    file: Option<File>,
    start: u64,
    end: u64,
}

/// Bytes that are read at the same time; most lines have 100 to 300.
const PIECE: u64 = 4096;

/// Bytes in which the next line is looked for first.
const PROBE: u64 = 1024;

impl SortedFile {
    /// Takes a file with this head, a line break at its end and no more than `most` bytes; any other is
    /// taken for empty.
    pub(super) fn of(file: File, head: &[u8], most: u64) -> SortedFile {
        let end = file.metadata().map_or(0, |found| found.len());
        let sorted = SortedFile { file: Some(file), start: head.len() as u64, end };
        let whole = (sorted.start..=most).contains(&end)
            && sorted.piece(0, sorted.start) == head
            && sorted.piece(end - 1, end) == b"\n";
        if whole { sorted } else { SortedFile::default() }
    }

    /// All lines.
    pub(super) fn all(&self) -> Vec<u8> {
        self.piece(self.start, self.end)
    }

    /// The lines from the first that is not less than `key`.
    pub(super) fn from(&self, key: &[u8]) -> LinePieces<'_> {
        let mut lines = LinePieces { sorted: self, ahead: None, at: self.start, line: Vec::new() };
        lines.skip_to(key);
        lines
    }

    /// Where the first line is, of those behind `low`, that is not less than `key`.
    fn lower_bound(&self, mut low: u64, key: &[u8]) -> u64 {
        // As look(1) does it: the file is cut in halves by bytes, not by lines, because where a
        // line begins is known only after reading. `low` and `high` are always at the beginning of a line, all
        // lines before `low` are less than the key, and all from `high` on are not.
        let mut high = self.end;
        // Most often it is the first or one of the last: there is one cloud, and one tenant in it.
        let mut ends = [low.saturating_sub(1), high.saturating_sub(PIECE)].into_iter();
        while high - low > PIECE {
            // Somewhere in a line: its rest is skipped, and the first whole line behind it is compared.
            let at = ends.next().unwrap_or(low + (high - low) / 2);
            let mut pieces = [PROBE, PIECE].map(|length| high.min(at + length)).into_iter();
            match pieces.find_map(|end| self.compare_behind(at, end, key)) {
                Some((Ordering::Less, _, end)) => low = end,
                // Not `at`: a line that begins before it may still be the one, and stays between `low` and `high`.
                // Each step takes something away all the same: the compared line ends before the old `high`.
                Some((_, start, _)) => high = start,
                // No line begins and ends there: the rest is gone through as it is.
                None => break,
            }
        }
        // One piece is left, of some twenty lines: comparing them is quicker than further reads.
        for line in self.piece(low, high).split_inclusive(|byte| *byte == b'\n') {
            if line.strip_suffix(b"\n").unwrap_or(line) >= key {
                break;
            }
            low += line.len() as u64;
        }
        low
    }

    /// How the first line that begins behind `at`, and ends before `end`, compares to `key`, where it begins, and
    /// where the next does.
    fn compare_behind(&self, at: u64, end: u64, key: &[u8]) -> Option<(Ordering, u64, u64)> {
        let piece = self.piece(at, end);
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

/// Bytes that are read at the same time where one line after the other is wanted. The same memory serves for all: in
/// a process that has just begun, taking new memory costs more than filling it.
const AHEAD: usize = 8192;

/// Lines one after the other.
#[derive(Debug)]
pub(super) struct LinePieces<'a> {
    sorted: &'a SortedFile,
    ahead: Option<BufReader<Take<&'a File>>>,
    /// Where the next line begins.
    at: u64,
    line: Vec<u8>,
}

impl LinePieces<'_> {
    /// The next line, without its break.
    pub(super) fn next(&mut self) -> Option<&[u8]> {
        self.line.clear();
        let ahead = self.ahead.as_mut()?;
        self.at += ahead.read_until(b'\n', &mut self.line).ok()? as u64;
        self.line.strip_suffix(b"\n")
    }

    /// Goes on at the first line, of those that were not read yet, that is not less than `key`.
    pub(super) fn skip_to(&mut self, key: &[u8]) {
        self.at = self.sorted.lower_bound(self.at, key);
        let rest = self.sorted.end - self.at;
        // Its memory is the next one's.
        self.ahead = None;
        self.ahead = self.sorted.file.as_ref().and_then(|mut file| {
            file.seek(SeekFrom::Start(self.at)).ok()?;
            Some(BufReader::with_capacity(AHEAD, file.take(rest)))
        });
    }
}

fn line_end(text: &[u8]) -> Option<usize> {
    memchr::memchr(b'\n', text)
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

    fn sorted(lines: &[String]) -> SortedFile {
        SortedFile::of(file(lines), HEAD, 1 << 30)
    }

    fn numbered(count: usize, width: usize) -> Vec<String> {
        (0..count).map(|n| format!("{:05}{}", n * 2, "-".repeat(n * 7 % width))).collect()
    }

    #[test]
    fn every_line_is_found_by_its_beginning_however_long_the_lines_are() {
        for (count, width) in [(1, 1), (3, 2), (2000, 90), (60, 9000), (1, 20_000)] {
            let lines = numbered(count, width);
            let sorted = sorted(&lines);
            for (at, line) in lines.iter().enumerate().step_by(1 + count / 50) {
                let mut found = sorted.from(&line.as_bytes()[..5]);
                assert_eq!(found.next(), Some(line.as_bytes()), "{count} {width}");
                let expected = lines.get(at + 1).map(String::as_bytes);
                assert_eq!(found.next(), expected);
                let mut next = sorted.from(format!("{:05}", at * 2 + 1).as_bytes());
                assert_eq!(next.next(), expected);
            }
            assert_eq!(sorted.all().len(), lines.concat().len() + count);
        }
    }

    #[test]
    fn from_any_line_one_goes_on_or_skips_ahead_and_never_back() {
        let lines = numbered(5000, 60);
        let sorted = sorted(&lines);
        let mut found = sorted.from(b"01");
        for line in lines.iter().filter(|line| line.as_str() >= "01") {
            assert_eq!(found.next(), Some(line.as_bytes()));
        }
        assert_eq!(found.next(), None);
        let mut found = sorted.from(b"");
        for (key, expected) in [("00007", 4), ("05", 2500), ("04", 2501), ("09998", 4999)] {
            found.skip_to(key.as_bytes());
            assert_eq!(found.next(), Some(lines[expected].as_bytes()), "{key}");
        }
        found.skip_to(b"1");
        assert_eq!(found.next(), None);
    }

    #[test]
    fn another_head_no_end_or_too_many_bytes_is_an_empty_file() {
        let lines = numbered(3, 2);
        assert_eq!(SortedFile::of(file(&lines), b"other\n", 100).all(), b"");
        assert_eq!(SortedFile::of(file(&lines), HEAD, 10).all(), b"");
        let mut open = file(&lines);
        open.write_all(b"half a li").unwrap();
        assert_eq!(SortedFile::of(open, HEAD, 100).all(), b"");
        assert_eq!(SortedFile::of(file(&[]), HEAD, 100).from(b"a").next(), None);
        assert_eq!(SortedFile::default().from(b"a").next(), None);
    }
}
