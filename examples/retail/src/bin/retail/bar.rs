//! Progress on a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A progress bar with rate and time left; it shows on a terminal only.
pub(crate) fn bar(length: u64, what: &str, count: &str) -> ProgressBar {
    let rate = if count.contains("bytes") {
        "{bytes_per_sec}"
    } else {
        "{per_sec}"
    };
    let template = format!("{what} [{{bar:40}}] {count} {rate}, {{eta}} left");
    let style = ProgressStyle::with_template(&template).expect("the template is well-formed");
    ProgressBar::new(length).with_style(style)
}
