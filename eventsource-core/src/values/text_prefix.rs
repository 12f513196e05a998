//! The start of a text.

/// At most `max` bytes of a text, in whole characters. `str::floor_char_boundary` is newer than the oldest
/// supported Rust.
pub(crate) fn text_prefix(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_before_the_character_that_does_not_fit() {
        let cuts = |max| text_prefix("aé€", max); // 1, 2 and 3 bytes
        let cut = [0, 1, 2, 3, 5, 6, 7].map(cuts);
        assert_eq!(cut, ["", "a", "a", "aé", "aé", "aé€", "aé€"]);
    }
}
