//! Progress on a terminal.

use std::borrow::Cow;

use console::Term;
use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};

/// A progress bar. It shows on a terminal only, and is cleared when it ends or is dropped.
///
/// `count` is what the bar counts: `{msg}` or `{rate}`, the number of steps in a second.
pub(crate) fn bar(length: u64, what: impl Into<Cow<'static, str>>, count: &str) -> ProgressBar {
    let (_, width) = Term::stderr().size();
    let bar = ProgressBar::new(length).with_style(style(width, count));
    bar.with_prefix(what)
}

/// The style that fits into a line of this width. All numbers are whole.
fn style(width: u16, count: &str) -> ProgressStyle {
    let template = match width {
        60.. => format!("{{prefix:16}}[{{wide_bar}}] {{percent:>3}} %, {count}, {{eta}} left"),
        22.. => "{prefix:16}{percent:>3} %".to_owned(),
        _ => "{percent:>3} %".to_owned(),
    };
    let rate = |state: &ProgressState, text: &mut dyn std::fmt::Write| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate is rounded anyway"
        )]
        let rate = state.per_sec() as u64;
        let _ = write!(text, "{}/s", HumanCount(rate));
    };
    let style = ProgressStyle::with_template(&template).expect("the template is well-formed");
    style.with_key("rate", rate).progress_chars("##-")
}

#[cfg(test)]
mod tests {
    use indicatif::{InMemoryTerm, ProgressDrawTarget};

    use super::*;

    /// A bar with the longest texts, on a terminal of this width.
    fn shown(width: u16) -> (InMemoryTerm, ProgressBar) {
        let terminal = InMemoryTerm::new(10, width);
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        let bar = ProgressBar::with_draw_target(Some(1_000_000), target);
        bar.set_style(style(width, "{msg}"));
        bar.set_prefix("bought-together");
        bar.set_message("1,234,567 baskets");
        bar.set_position(374_999);
        bar.force_draw();
        (terminal, bar)
    }

    #[test]
    fn a_bar_is_one_line_that_fits_the_terminal() {
        for width in [6, 10, 21, 22, 40, 59, 60, 79, 80, 132] {
            let (terminal, _bar) = shown(width);
            let contents = terminal.contents();
            assert_eq!(contents.lines().count(), 1, "{width}: {contents:?}");
            assert!(contents.contains("37 %"), "{width}: {contents:?}");
            assert!(!contents.contains('.'), "{width}: {contents:?}");
        }
    }

    #[test]
    fn a_bar_of_80_columns_shows_all_it_knows() {
        let (terminal, _bar) = shown(80);
        let contents = terminal.contents();
        assert!(contents.starts_with("bought-together [###"), "{contents}");
        assert!(
            contents.contains("]  37 %, 1,234,567 baskets, "),
            "{contents}"
        );
        assert!(contents.ends_with(" left"), "{contents}");
        assert_eq!(contents.len(), 80, "{contents}");
    }

    #[test]
    fn nothing_is_left_of_a_bar_that_ended() {
        let (terminal, bar) = shown(80);
        bar.finish_and_clear();
        assert_eq!(terminal.contents(), "");
        let (terminal, bar) = shown(80);
        drop(bar);
        assert_eq!(terminal.contents(), "", "after an error");
    }

    #[test]
    fn a_rate_is_a_whole_number() {
        let terminal = InMemoryTerm::new(10, 80);
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        let bar = ProgressBar::with_draw_target(Some(1_000), target);
        bar.set_style(style(80, "{rate}"));
        bar.set_position(333);
        std::thread::sleep(std::time::Duration::from_millis(30));
        bar.set_position(700);
        bar.force_draw();
        let contents = terminal.contents();
        let (before, _) = contents.split_once("/s, ").expect(&contents);
        let rate = before.rsplit(", ").next().unwrap();
        assert!(
            rate.chars().all(|it| it.is_ascii_digit() || it == ','),
            "{contents}"
        );
    }
}
