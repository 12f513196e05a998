//! A text is no token of a stream, or it is the only one of its stream.
#![no_main]

use eventsource_core::wire::StreamToken;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(token) = text.parse::<StreamToken>() {
        assert_eq!(token.as_str(), text);
        assert_eq!(StreamToken::new(token.stream()), token);
    }
});
