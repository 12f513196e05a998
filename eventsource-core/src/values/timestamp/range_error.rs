//! The error of a time that another type cannot express.

use std::fmt;

/// The error of a time that is outside the range of the type to which it is converted.
///
/// The features `jiff`, `chrono` and `time` have the conversions.
#[cfg_attr(
    feature = "jiff",
    doc = r#"
```
use eventsource_core::Timestamp;
use eventsource_core::values::TimestampRangeError;

let far = Timestamp::from_micros(i64::MAX); // in the year 294,247
let refused: Result<jiff::Timestamp, TimestampRangeError> = far.try_into();
assert!(refused.unwrap_err().to_string().ends_with("outside the range of `jiff::Timestamp`"));
```"#
)]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time `{time}` is outside the range of `{target}`")]
pub struct TimestampRangeError {
    time: String,
    target: &'static str,
}

impl TimestampRangeError {
    pub(super) fn new(time: impl fmt::Display, target: &'static str) -> Self {
        let time = time.to_string();
        Self { time, target }
    }
}
