//! Comments of the code as text for the catalogue.

/// The comment up to its first heading or example, without links into the code: the rest is for
/// programmers.
pub(super) fn docs(comment: &str) -> String {
    let for_all = |line: &&str| !line.starts_with('#') && !line.starts_with("```");
    let lines: Vec<_> = comment.lines().take_while(for_all).collect();
    without_links(lines.join("\n").trim())
}

/// The first paragraph, on one line.
pub(super) fn summary(comment: &str) -> String {
    let docs = docs(comment);
    let first = docs.split("\n\n").next().unwrap_or_default();
    first.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Turns ``[`Cart`]`` and ``[`Cart`](Self::cart)`` into `` `Cart` ``.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once("[`") {
        plain.push_str(before);
        let Some((name, behind)) = link.split_once("`]") else {
            plain.push_str("[`");
            rest = link;
            continue;
        };
        plain.push_str(&code(name));
        rest = without_target(behind);
    }
    plain + rest
}

fn without_target(behind: &str) -> &str {
    for (open, close) in [('(', ')'), ('[', ']')] {
        let target = behind.strip_prefix(open);
        if let Some((_, rest)) = target.and_then(|target| target.split_once(close)) {
            return rest;
        }
    }
    behind
}

/// A list as text: `a`, `a and b`, `a, b and c`.
pub(super) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

/// Text as inline code, fenced by more backticks than it contains.
pub(super) fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    match longest {
        0 => format!("`{text}`"),
        longest => {
            let fence = "`".repeat(longest + 1);
            format!("{fence} {text} {fence}")
        }
    }
}

/// Text for a table cell, which a bar would end.
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::{code, docs, list, summary};

    #[test]
    fn text_for_programmers_is_omitted() {
        let comment = "Puts it in,\nat once.\n\nOr later.\n\n# Errors\n\n[`Refusal`].";
        assert_eq!(docs(comment), "Puts it in,\nat once.\n\nOr later.");
        assert_eq!(summary(comment), "Puts it in, at once.");
        assert_eq!(docs("One.\n```\nlet x = 1;\n```"), "One.");
    }

    #[test]
    fn links_into_the_code_are_code() {
        assert_eq!(
            docs("A [`Cart`], or [`two`](Self::two)."),
            "A `Cart`, or `two`."
        );
        assert_eq!(docs("[`a`][b] [`open"), "`a` [`open");
        assert_eq!(
            docs("[a page](https://example.org)"),
            "[a page](https://example.org)"
        );
    }

    #[test]
    fn lists_are_text() {
        let items = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(list(&items), "a, b and c");
        assert_eq!(list(&items[..2]), "a and b");
        assert_eq!(list(&items[..1]), "a");
    }

    #[test]
    fn code_may_hold_backticks() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b``c"), "``` a`b``c ```");
    }
}
