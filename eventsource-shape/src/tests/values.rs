//! The values that cover a type.

use std::time::{Duration, Instant};

use super::*;

#[derive(Debug, Serialize, Deserialize)]
struct Order {
    note: Option<String>,
    address: Option<Address>,
    status: Status,
    lines: Vec<Option<u8>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Address {
    street: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Status {
    Open,
    Paid { by: Option<u8> },
}

#[test]
fn few_values_cover_every_variant_and_every_optional_value_present_and_absent() {
    assert_eq!(
        values::<Order>(),
        [
            r#"{"note":"a","address":{"street":"a"},"status":"Open","lines":[1]}"#,
            r#"{"note":null,"address":{"street":null},"status":{"Paid":{"by":1}},"lines":[null]}"#,
            r#"{"note":"a","address":null,"status":{"Paid":{"by":null}},"lines":[1]}"#,
        ]
    );
    assert_shape_holds::<Order>();
}

#[test]
fn a_required_optional_value_is_never_absent() {
    #[derive(Clone, Debug, Serialize, Deserialize)]
    struct Raw {
        phone: Option<String>,
        mail: Option<String>,
    }
    #[derive(Clone, Debug, Serialize, Deserialize)]
    #[serde(try_from = "Raw", into = "Raw")]
    struct Contact(Raw);
    impl TryFrom<Raw> for Contact {
        type Error = &'static str;
        fn try_from(raw: Raw) -> Result<Self, Self::Error> {
            let is_known = raw.mail.is_some() || raw.phone.is_some();
            is_known.then_some(Self(raw)).ok_or("no contact")
        }
    }
    impl From<Contact> for Raw {
        fn from(contact: Contact) -> Self {
            contact.0
        }
    }
    #[derive(Clone, Debug, Serialize, Deserialize)]
    #[serde(try_from = "Raw", into = "Raw")]
    struct Mailed(Raw);
    impl TryFrom<Raw> for Mailed {
        type Error = &'static str;
        fn try_from(raw: Raw) -> Result<Self, Self::Error> {
            raw.mail.is_some().then_some(Self(raw)).ok_or("no mail")
        }
    }
    impl From<Mailed> for Raw {
        fn from(contact: Mailed) -> Self {
            contact.0
        }
    }
    assert_eq!(
        values::<Contact>(),
        [
            r#"{"phone":"a","mail":"a"}"#,
            r#"{"phone":"a","mail":null}"#,
            r#"{"phone":null,"mail":"a"}"#,
        ]
    );
    assert_eq!(
        values::<Mailed>(),
        [
            r#"{"phone":"a","mail":"a"}"#,
            r#"{"phone":null,"mail":"a"}"#
        ]
    );
}

#[test]
fn values_are_deterministic() {
    assert_eq!(values::<Order>(), values::<Order>());
}

#[test]
fn large_types_are_traced_quickly() {
    macro_rules! large {
        ($name:ident, $fields:tt, $($variant:ident)*) => {
            large!(@ $name, $($variant $fields)*);
        };
        (@ $name:ident, $($variant:ident ($($field:ident)*))*) => {
            #[derive(Debug, Serialize, Deserialize)]
            enum $name { $($variant { $($field: String,)* },)* }
        };
    }
    large!(Large, (a b c d e f g h i j),
        A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 B0 B1 B2 B3 B4 B5 B6 B7 B8 B9
        C0 C1 C2 C3 C4 C5 C6 C7 C8 C9 D0 D1 D2 D3 D4 D5 D6 D7 D8 D9
        E0 E1 E2 E3 E4 E5 E6 E7 E8 E9 F0 F1 F2 F3 F4 F5 F6 F7 F8 F9
        G0 G1 G2 G3 G4 G5 G6 G7 G8 G9 H0 H1 H2 H3 H4 H5 H6 H7 H8 H9
        I0 I1 I2 I3 I4 I5 I6 I7 I8 I9 J0 J1 J2 J3 J4 J5 J6 J7 J8 J9
        K0 K1 K2 K3 K4 K5 K6 K7 K8 K9 L0 L1 L2 L3 L4 L5 L6 L7 L8 L9
        M0 M1 M2 M3 M4 M5 M6 M7 M8 M9 N0 N1 N2 N3 N4 N5 N6 N7 N8 N9
        O0 O1 O2 O3 O4 O5 O6 O7 O8 O9 P0 P1 P2 P3 P4 P5 P6 P7 P8 P9
        Q0 Q1 Q2 Q3 Q4 Q5 Q6 Q7 Q8 Q9 R0 R1 R2 R3 R4 R5 R6 R7 R8 R9
        S0 S1 S2 S3 S4 S5 S6 S7 S8 S9 T0 T1 T2 T3 T4 T5 T6 T7 T8 T9);
    let start = Instant::now();
    assert_eq!(trace::<Large>(&[]).unwrap().values.len(), 200);
    let took = start.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
}
