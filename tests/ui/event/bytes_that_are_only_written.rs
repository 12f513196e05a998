use eventsource_core::event;
use serde::Serializer;

#[event]
pub struct Signed {
    #[serde(serialize_with = "hex")]
    pub signature: Vec<u8>,
}

fn hex<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    to.serialize_str(&digits.collect::<String>())
}

fn main() {}
