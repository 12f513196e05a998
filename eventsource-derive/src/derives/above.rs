//! The derives above an attribute macro. The compiler has removed them from the item, so that only the
//! source shows them. They are needed for an error alone: code that compiles does not depend on the source.

use std::fs;

use proc_macro::Span;

/// The names of the derives above the macro that is expanded. Where the source cannot be read, there are
/// none.
pub(crate) fn of_call_site() -> Vec<String> {
    let span = Span::call_site();
    let source = span.local_file().map(fs::read_to_string);
    source.and_then(Result::ok).map_or_else(Vec::new, |source| {
        of(before(&source, span.line(), span.column()))
    })
}

/// The source before a line and a column, which count from 1.
fn before(source: &str, line: usize, column: usize) -> &str {
    let lines = source.split_inclusive('\n');
    let length: usize = lines.take(line.saturating_sub(1)).map(str::len).sum();
    let column = source[length..]
        .char_indices()
        .nth(column.saturating_sub(1));
    &source[..length + column.map_or(0, |(column, _)| column)]
}

/// The derives among the attributes and comments that `source` ends with.
fn of(source: &str) -> Vec<String> {
    let (mut source, mut derives) = (source.trim_end(), Vec::new());
    while let Some((start, attribute)) = last_attribute(source) {
        derives.extend(derived(&attribute));
        source = source[..start].trim_end();
    }
    derives
}

/// The attribute or the comment that `source` ends with: where it begins, and its code.
fn last_attribute(source: &str) -> Option<(usize, String)> {
    let line = source.rfind('\n').map_or(0, |end| end + 1);
    if source[line..].trim_start().starts_with("//") {
        return Some((line, String::new()));
    }
    if source.ends_with("*/") {
        return Some((source.rfind("/*")?, String::new()));
    }
    // A text or a comment of the attribute may contain the last `#[`, so that its code does not end there.
    let mut starts = source.rmatch_indices("#[").map(|(start, _)| start);
    starts.find_map(|start| Some((start, code(&source[start..])?)))
}

/// An attribute without its comments and texts, if it is no more than that.
fn code(attribute: &str) -> Option<String> {
    let (mut code, mut depth) = (String::new(), 0_usize);
    let mut rest = attribute;
    while let Some(next) = rest.chars().next() {
        let after = &rest[next.len_utf8()..];
        rest = match next {
            '/' if after.starts_with('/') => after.split_once('\n')?.1,
            '/' if after.starts_with('*') => after.split_once("*/")?.1,
            '"' => after_text(after)?,
            _ => {
                code.push(next);
                match next {
                    '[' => depth += 1,
                    ']' => depth = depth.checked_sub(1)?,
                    _ => {}
                }
                if depth == 0 && next == ']' {
                    return after.is_empty().then_some(code);
                }
                after
            }
        };
    }
    None
}

/// The source after the end of a text.
fn after_text(text: &str) -> Option<&str> {
    let mut chars = text.char_indices();
    while let Some((at, next)) = chars.next() {
        match next {
            '\\' => {
                chars.next();
            }
            '"' => return Some(&text[at + 1..]),
            _ => {}
        }
    }
    None
}

/// The names in `#[derive(..)]`.
fn derived(attribute: &str) -> impl Iterator<Item = String> {
    let code: String = attribute.split_whitespace().collect();
    let paths = code.strip_prefix("#[derive(");
    let paths = paths.and_then(|rest| rest.strip_suffix(")]"));
    let paths: Vec<_> = paths.unwrap_or_default().split(',').map(name).collect();
    paths.into_iter().filter(|name| !name.is_empty())
}

fn name(path: &str) -> String {
    path.rsplit(':').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_are_found_among_attributes_and_comments() {
        let source = r##"
            #[derive(Hash)]
            struct Other;

            #[derive(Debug, serde::Serialize)] #[doc = "\"#[derive(Ord)]"]
            // A comment [1].
            #[derive(
                Clone, // a derive
                /* the next ] */ Eq,
            )]
            /* Another one. */
            /// The events of a cart.
            "##;
        assert_eq!(of(source), ["Clone", "Eq", "Debug", "Serialize"]);
    }

    #[test]
    fn what_is_before_the_item_is_not_above_it() {
        for source in [
            "",
            "use eventsource_core::event;\n\n",
            "#[derive(Debug)] struct Other;\n",
            "#[derive(Debug)] struct Other([u8; 2]);\n const A: [u8; 1] = x[0]",
            "#![allow(missing_docs)]",
            "#[derive(Debug)] #[",
        ] {
            assert_eq!(of(source), [""; 0], "{source}");
        }
    }

    #[test]
    fn the_source_ends_where_the_macro_begins() {
        let source = "let ä = 1;\n  é #[event]\nrest";
        assert_eq!(before(source, 2, 5), "let ä = 1;\n  é ");
        assert_eq!(before(source, 1, 1), "");
        assert_eq!(before(source, 9, 9), source);
    }
}
