//! Suggestions for misspelt keys.

/// The known key that is most similar to `written`.
pub(crate) fn nearest(written: &str, known: &[&'static str]) -> Option<&'static str> {
    let close = |known: &&&str| distance(written, known) <= written.len().div_ceil(3);
    known
        .iter()
        .filter(close)
        .min_by_key(|known| distance(written, known))
        .copied()
}

/// The edit distance: the number of characters to insert, delete or replace to get from `a` to `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn letters_may_be_missing_added_or_wrong() {
        assert_eq!(distance("versoin", "version"), 2);
        assert_eq!(nearest("evnts", &["event", "events"]), Some("events"));
        assert_eq!(nearest("aliass", &["name", "alias"]), Some("alias"));
        assert_eq!(nearest("tag", &["name", "from"]), None);
    }
}
