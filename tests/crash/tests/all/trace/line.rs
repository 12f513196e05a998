//! Parses the lines that strace writes.

use std::collections::HashMap;

/// A call with the lines on which it began and ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) begun: usize,
    /// `None` if the process ended first.
    pub(crate) ended: Option<usize>,
    pub(crate) name: String,
    pub(crate) arguments: String,
    /// The returned value, such as `4096` or `-1 EIO (…)`.
    pub(crate) result: String,
}

/// Parses the calls of a record, in the order in which they began. strace writes a line when a thread
/// stops, so a call that another thread caused always comes later.
pub(crate) fn calls(record: &str) -> Vec<Call> {
    let mut calls = Vec::new();
    let mut unfinished: HashMap<&str, usize> = HashMap::new();
    for (number, line) in record.lines().enumerate() {
        let (thread, line) = line.split_once(' ').expect("a line begins with its thread");
        let line = line.trim_start();
        if let Some((_, rest)) = line
            .strip_prefix("<... ")
            .and_then(|line| line.split_once(" resumed>"))
        {
            let index = unfinished.remove(thread).expect("what resumes has begun");
            let call: &mut Call = &mut calls[index];
            let (arguments, result) = end(rest);
            call.arguments.push_str(arguments);
            call.ended = result.map(|_| number);
            result.unwrap_or_default().clone_into(&mut call.result);
        } else if let Some((name, rest)) = line.split_once('(').filter(|_| is_call(line)) {
            let begun = rest.strip_suffix(" <unfinished ...>");
            if begun.is_some() {
                unfinished.insert(thread, calls.len());
            }
            let (arguments, result) = begun.map_or_else(|| end(rest), |begun| (begun, None));
            calls.push(Call {
                begun: number,
                ended: result.map(|_| number),
                name: name.to_owned(),
                arguments: arguments.to_owned(),
                result: result.unwrap_or_default().to_owned(),
            });
        }
    }
    calls
}

/// Whether a line is a call; the lines of signals and exits begin with signs.
fn is_call(line: &str) -> bool {
    line.starts_with(|first: char| first.is_ascii_lowercase())
}

/// Splits the arguments from the result, which is missing where the process was killed.
fn end(rest: &str) -> (&str, Option<&str>) {
    match rest.rsplit_once(" = ") {
        Some((arguments, result)) if !result.starts_with('?') => {
            let arguments = arguments.trim_end();
            (
                arguments.strip_suffix(')').unwrap_or(arguments),
                Some(result),
            )
        }
        _ => (rest, None),
    }
}

/// Decodes the bytes of a text like `\x2f\x74`.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks_exact(4);
    let byte = |digits: &[u8]| nibble(digits[2]) << 4 | nibble(digits[3]);
    digits.map(byte).collect()
}

fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => panic!("strace writes texts in hexadecimal digits"),
    }
}

#[test]
fn calls_of_several_threads_are_put_together() {
    let record = r#"11 fsync(4<\x2f\x61> <unfinished ...>
12 write(1<\x70>, "\x61\x0a", 2) = 2
11 <... fsync resumed>)              = 0
12 fsync(4<\x2f\x61>) = -1 EIO (Input/output error) (INJECTED)
12 +++ killed by SIGKILL +++
"#;
    let calls = calls(record);
    let short = calls.iter().map(|call| {
        let Call {
            begun,
            ended,
            name,
            arguments,
            result,
        } = call;
        (*begun, *ended, &name[..], &arguments[..], &result[..])
    });
    let expected = [
        (0, Some(2), "fsync", r"4<\x2f\x61>", "0"),
        (1, Some(1), "write", r#"1<\x70>, "\x61\x0a", 2"#, "2"),
        (
            3,
            Some(3),
            "fsync",
            r"4<\x2f\x61>",
            "-1 EIO (Input/output error) (INJECTED)",
        ),
    ];
    assert!(short.eq(expected), "{calls:#?}");
    assert_eq!(bytes(r"\x2f\x61"), b"/a");
}
