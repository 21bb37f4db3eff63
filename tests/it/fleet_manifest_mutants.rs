//! Manifests that were damaged at random are read, or refused with their place; nothing is called and nothing breaks.
//!
//! For longer than the suite has time for: `AZ_IMAGESHARE_TEST_SECONDS=60`. `scripts/fuzz manifest` looks further.

use std::io::Write;
use std::time::{Duration, Instant};

use crate::support::fleets::MANIFEST;
use crate::support::lab::Lab;

/// What parsers of YAML stumble over.
const PIECES: &[&str] = &[
    "\n", "  ", ": ", "- ", "{", "}", "[", "]", ",", "#", "&a", "*a", "!!str ", "---\n", "...\n",
    "|\n", ">-\n", "\"", "'", "\\u0000", "\u{feff}", "\u{2028}", "~", "null", "0x1f", "1e999",
    "<<: ", "? ", "%TAG\n", "\t", "é", "💥", "2%", "-1",
];

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % most.max(1)
    }
}

/// Cuts, doubles, moves and inserts; bytes, not letters, so that some of it is no UTF-8.
fn damaged(dice: &mut Dice) -> Vec<u8> {
    let mut text = MANIFEST.as_bytes().to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(text.len());
        let end = (at + 1 + dice.below(40)).min(text.len());
        match dice.below(5) {
            0 => drop(text.drain(at..end)),
            1 => {
                let piece = text[at..end].to_vec();
                let to = dice.below(text.len());
                text.splice(to..to, piece);
            }
            2 => text[at] = u8::try_from(dice.below(256)).unwrap(),
            3 => text.truncate(at),
            _ => {
                let piece = PIECES[dice.below(PIECES.len())];
                text.splice(at..at, piece.bytes());
            }
        }
        if text.is_empty() {
            break;
        }
    }
    text
}

#[test]
fn a_damaged_manifest_is_read_or_refused_and_nothing_else() {
    let lab = Lab::publisher();
    let seconds = std::env::var("AZ_IMAGESHARE_TEST_SECONDS").ok();
    let longest = seconds.and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let (mut dice, began, mut counts) = (Dice(0x9e37_79b9_7f4a_7c15), Instant::now(), [0_usize; 2]);
    let path = lab.home.path().join("fleet.yaml");
    let name = path.to_str().unwrap();
    while longest.map_or(counts[0] + counts[1] < 400, |longest| began.elapsed() < longest) {
        let text = damaged(&mut dice);
        std::fs::write(&path, &text).unwrap();
        let ran = lab.run(&["fleet", "plan", "--offline", "-f", name]);
        let shown = String::from_utf8_lossy(&text);
        assert!(matches!(ran.code, 0 | 2), "{ran:?}\n{shown}");
        let has_place = ran.stderr.lines().any(|line| line.contains(&format!("{name}:")));
        assert!(ran.code == 0 || has_place, "{ran:?}\n{shown}");
        counts[usize::from(ran.code != 0)] += 1;
    }
    writeln!(std::io::stdout(), "{} were read, {} refused", counts[0], counts[1]).unwrap();
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    assert_eq!(lab.azure.journal().len(), 0);
}
