//! Words that look alike, for "did you mean".

/// The word of `known` that is nearest to `text`, if it is near enough to be a slip of the finger.
pub(crate) fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_lowercase();
    let allowed = (text.chars().count() / 4).clamp(1, 3);
    known
        .into_iter()
        .map(|word| (strsim::levenshtein(&text, &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
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
