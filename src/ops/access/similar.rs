//! Words that look alike, for "did you mean".

/// The word of `known` that is nearest to `text`, if it is near enough to be a slip of the finger.
pub(crate) fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.into_iter().filter_map(|word| Some((distance(text, word)?, word)));
    near.min_by_key(|(distance, _)| *distance).map(|(_, word)| word)
}

/// How many letters `text` has otherwise than `word`; `None` if too many for a slip of the finger.
pub(crate) fn distance(text: &str, word: &str) -> Option<usize> {
    let text = text.to_lowercase();
    let allowed = (text.chars().count() / 4).clamp(1, 3);
    let distance = strsim::levenshtein(&text, &word.to_lowercase());
    (distance <= allowed).then_some(distance)
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
        for other in ["Writer", "Tender"] {
            assert_eq!(nearest(other, known), None, "{other}");
        }
    }
}
