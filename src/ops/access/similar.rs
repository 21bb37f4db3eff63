//! Words that look alike, for "did you mean".

/// The word of `known` that is nearest to `text`, if it is near enough to be a slip of the finger.
pub(crate) fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_lowercase();
    let allowed = (text.chars().count() / 4).clamp(1, 3);
    known
        .into_iter()
        .map(|word| (distance(&text, &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// How many letters have to be changed, added or left out to get from `a` to `b` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let changed = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognized_and_other_words_are_not() {
        let known = ["Reader", "Owner", "Virtual Machine Contributor"];
        assert_eq!(nearest("reder", known), Some("Reader"));
        assert_eq!(
            nearest("Virtual Machine Contribtuor", known),
            Some("Virtual Machine Contributor")
        );
        assert_eq!(nearest("Writer", known), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
