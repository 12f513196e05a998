//! Bytes with an explicit encoding.

use eventsource_core::event;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[event]
pub struct Signed {
    #[serde(with = "eventsource_core::base64")]
    pub signature: Vec<u8>,
    #[cfg_attr(all(), serde(default, with = "eventsource_core::base64"))]
    pub seal: Option<Vec<u8>>,
    #[serde(serialize_with = "numbers::serialize", deserialize_with = "numbers::deserialize")]
    pub numbers: Vec<u8>,
}

pub mod numbers {
    use super::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        bytes.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        Vec::deserialize(from)
    }
}

#[event]
#[serde(from = "String", into = "String")]
pub struct Text(Vec<u8>);

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl From<Text> for String {
    fn from(Text(bytes): Text) -> Self {
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[event(manual(Serialize, Deserialize))]
pub struct Counted(Vec<u8>);

impl Serialize for Counted {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.len().serialize(to)
    }
}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        usize::deserialize(from).map(|length| Self(vec![0; length]))
    }
}

fn main() {}
