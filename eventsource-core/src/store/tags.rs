//! The tags of a stored event.

mod json;

use std::fmt;
use std::ops::Range;

use crate::values::Tag;

/// The tags of a stored event, in their order. They are borrowed from the page of the event, where they are
/// texts in a buffer that all events share.
///
/// ```
/// use eventsource_core::Tag;
/// use eventsource_core::store::Tags;
///
/// let own = [Tag::new("student", "ann"), Tag::new("course", 7)];
/// let tags = Tags::from(&own[..]);
/// assert!(tags.contains(&own[1]));
/// assert_eq!(tags.iter().collect::<Vec<_>>(), ["student:ann", "course:7"]);
/// assert_eq!(tags.to_vec(), own);
/// ```
#[derive(Clone, Copy, Default)]
pub struct Tags<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Tags(&'a [Tag]),
    /// The texts one after the other, the start of the first text, and the end of each.
    Texts {
        texts: &'a str,
        start: u32,
        ends: &'a [u32],
    },
}

impl Default for Source<'_> {
    fn default() -> Self {
        Self::Tags(&[])
    }
}

impl<'a> Tags<'a> {
    /// The number of tags.
    #[must_use]
    pub fn len(self) -> usize {
        match self.0 {
            Source::Tags(tags) => tags.len(),
            Source::Texts { ends, .. } => ends.len(),
        }
    }

    /// Whether the event has no tags.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The texts of the tags; see [`Tag::as_str`].
    #[must_use]
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'a str> {
        (0..self.len()).map(move |index| self.text(index))
    }

    fn text(self, index: usize) -> &'a str {
        match self.0 {
            Source::Tags(tags) => tags[index].as_str(),
            Source::Texts { texts, start, ends } => {
                let from = index.checked_sub(1).map_or(start, |before| ends[before]);
                &texts[from as usize..ends[index] as usize]
            }
        }
    }

    /// Whether the event has this tag.
    #[must_use]
    pub fn contains(self, tag: &Tag) -> bool {
        self.iter().any(|own| own == tag.as_str())
    }

    /// Copies the tags.
    #[must_use]
    pub fn to_vec(self) -> Vec<Tag> {
        match self.0 {
            Source::Tags(tags) => tags.to_vec(),
            Source::Texts { .. } => self.iter().map(Tag::from_stored).collect(),
        }
    }
}

impl<'a> From<&'a [Tag]> for Tags<'a> {
    fn from(tags: &'a [Tag]) -> Self {
        Self(Source::Tags(tags))
    }
}

impl PartialEq for Tags<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Tags<'_> {}

impl<T: AsRef<[Tag]>> PartialEq<T> for Tags<'_> {
    fn eq(&self, other: &T) -> bool {
        *self == Tags::from(other.as_ref())
    }
}

/// A buffer of the texts of tags, which a store reuses for each event that it reads.
///
/// ```
/// use eventsource_core::store::TagBuffer;
///
/// let mut buffer = TagBuffer::default();
/// for text in ["student:ann", "course:7"] {
///     buffer.push(text);
/// }
/// assert_eq!(buffer.tags().to_vec()[1].key(), "course");
/// buffer.clear();
/// assert!(buffer.tags().is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct TagBuffer {
    texts: String,
    /// The end of each text.
    ends: Vec<u32>,
}

impl TagBuffer {
    /// Adds a tag by its text; see [`Tag::as_str`].
    ///
    /// # Panics
    ///
    /// If the texts exceed 4 GiB.
    pub fn push(&mut self, text: &str) {
        self.texts.push_str(text);
        let end = u32::try_from(self.texts.len());
        self.ends
            .push(end.expect("the tags of a page have less than 4 GiB"));
    }

    /// Adds the tags of a JSON array of texts.
    ///
    /// ```
    /// use eventsource_core::store::TagBuffer;
    ///
    /// let mut buffer = TagBuffer::default();
    /// buffer.push_json(r#"["student:ann","course:7"]"#)?;
    /// assert_eq!(buffer.tags().len(), 2);
    /// # Ok::<(), eventsource_core::store::TagsJsonError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TagsJsonError`]. Some of the tags may then be in the buffer.
    pub fn push_json(&mut self, json: &str) -> Result<(), TagsJsonError> {
        json::push(self, json).map_err(TagsJsonError)
    }

    /// The tags in the buffer.
    #[must_use]
    pub fn tags(&self) -> Tags<'_> {
        self.between(0..self.ends.len())
    }

    /// Removes the tags, without releasing the memory.
    pub fn clear(&mut self) {
        self.texts.clear();
        self.ends.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The tags at these indices.
    pub(crate) fn between(&self, indices: Range<usize>) -> Tags<'_> {
        let start = indices.start.checked_sub(1).map_or(0, |it| self.ends[it]);
        Tags(Source::Texts {
            texts: &self.texts,
            start,
            ends: &self.ends[indices],
        })
    }
}

/// The error of a text that is not a JSON array of texts.
///
/// ```
/// use eventsource_core::store::{TagBuffer, TagsJsonError};
///
/// let mut tags = TagBuffer::default();
/// tags.push_json(r#"["sku:tea"]"#).unwrap();
/// let error: TagsJsonError = tags.push_json("7").unwrap_err();
/// assert!(std::error::Error::source(&error).is_some());
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the tags are not a JSON array of texts")]
pub struct TagsJsonError(#[source] serde_json::Error);

impl fmt::Debug for Tags<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
