//! Metadata that are parsed on first use.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::values::Metadata;

static NONE: Metadata = Metadata {
    actor: None,
    on_behalf_of: None,
    reason: None,
    correlation: None,
    causation: None,
    traceparent: None,
    occurred_at: None,
    entries: BTreeMap::new(),
};

/// The metadata of a commit, parsed or as stored JSON.
#[derive(Clone, Debug, Default)]
pub(super) struct LazyMetadata {
    json: Option<Box<str>>,
    parsed: OnceLock<Box<Metadata>>,
}

impl LazyMetadata {
    pub(super) fn from_json(json: &str) -> Self {
        Self {
            json: Some(json.into()),
            parsed: OnceLock::new(),
        }
    }

    pub(super) fn get(&self) -> serde_json::Result<&Metadata> {
        if let Some(parsed) = self.parsed.get() {
            return Ok(parsed);
        }
        let Some(json) = &self.json else {
            return Ok(&NONE);
        };
        let parsed = serde_json::from_str(json)?;
        Ok(self.parsed.get_or_init(|| parsed))
    }
}

impl From<Metadata> for LazyMetadata {
    fn from(metadata: Metadata) -> Self {
        if metadata.is_empty() {
            return Self::default();
        }
        Self {
            json: None,
            parsed: OnceLock::from(Box::new(metadata)),
        }
    }
}

/// Two texts that cannot be parsed are equal if they are the same text.
impl PartialEq for LazyMetadata {
    fn eq(&self, other: &Self) -> bool {
        if self.json.is_some() && self.json == other.json {
            return true;
        }
        matches!((self.get(), other.get()), (Ok(own), Ok(other)) if own == other)
    }
}

impl Eq for LazyMetadata {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parsed_and_unparsed_metadata_are_equal() {
        let ann = || LazyMetadata::from(Metadata::new().actor("ann"));
        let read = LazyMetadata::from_json(r#"{"actor":"ann"}"#);
        assert_eq!(read, ann());
        assert_eq!(read.get().unwrap(), &Metadata::new().actor("ann"));
        assert_eq!(LazyMetadata::from_json("{}"), LazyMetadata::default());
        assert_ne!(LazyMetadata::from_json("{}"), ann());
    }

    #[test]
    fn a_text_that_cannot_be_parsed_is_an_error_and_equals_only_itself() {
        let damaged = || LazyMetadata::from_json("{");
        assert!(damaged().get().is_err());
        assert_eq!(damaged(), damaged());
        assert_ne!(damaged(), LazyMetadata::default());
    }
}
