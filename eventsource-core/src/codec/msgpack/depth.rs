//! The nesting depth of a payload, computed without recursion and without decoding values.

/// Whether containers are nested deeper than `limit`. A payload that ends too early is reported by the
/// decoder.
pub(super) fn exceeds(payload: &[u8], limit: usize) -> bool {
    if payload.len() <= limit {
        return false; // a level takes a byte
    }
    let mut rest = payload;
    let mut open: Vec<u64> = Vec::new();
    while let Some(item) = Item::next(&mut rest) {
        match item {
            Item::Container(0) | Item::Value => {}
            Item::Container(items) if open.len() < limit => {
                open.push(items);
                continue;
            }
            Item::Container(_) => return true,
        }
        while let Some(remaining) = open.last_mut() {
            *remaining -= 1;
            if *remaining > 0 {
                break;
            }
            open.pop();
        }
    }
    false
}

enum Item {
    /// A container with this number of items.
    Container(u64),
    Value,
}

impl Item {
    fn next(rest: &mut &[u8]) -> Option<Self> {
        let marker = take(rest, 1)?[0];
        let value = |rest: &mut &[u8], bytes: u64| take(rest, bytes).map(|_| Self::Value);
        match marker {
            0x80..=0x8f => Some(Self::Container(2 * u64::from(marker & 0x0f))),
            0x90..=0x9f => Some(Self::Container(u64::from(marker & 0x0f))),
            0xa0..=0xbf => value(rest, u64::from(marker & 0x1f)),
            0xc4 | 0xd9 => number(rest, 1).and_then(|length| value(rest, length)),
            0xc5 | 0xda => number(rest, 2).and_then(|length| value(rest, length)),
            0xc6 | 0xdb => number(rest, 4).and_then(|length| value(rest, length)),
            0xc7 => number(rest, 1).and_then(|length| value(rest, length + 1)),
            0xc8 => number(rest, 2).and_then(|length| value(rest, length + 1)),
            0xc9 => number(rest, 4).and_then(|length| value(rest, length + 1)),
            0xcc | 0xd0 => value(rest, 1),
            0xcd | 0xd1 | 0xd4 => value(rest, 2),
            0xd5 => value(rest, 3),
            0xca | 0xce | 0xd2 => value(rest, 4),
            0xd6 => value(rest, 5),
            0xcb | 0xcf | 0xd3 => value(rest, 8),
            0xd7 => value(rest, 9),
            0xd8 => value(rest, 17),
            0xdc => number(rest, 2).map(Self::Container),
            0xdd => number(rest, 4).map(Self::Container),
            0xde => number(rest, 2).map(|pairs| Self::Container(2 * pairs)),
            0xdf => number(rest, 4).map(|pairs| Self::Container(2 * pairs)),
            _ => Some(Self::Value),
        }
    }
}

/// Reads a big-endian number of this many bytes.
fn number(rest: &mut &[u8], bytes: u64) -> Option<u64> {
    let bytes = take(rest, bytes)?;
    Some(
        bytes
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
    )
}

fn take<'a>(rest: &mut &'a [u8], bytes: u64) -> Option<&'a [u8]> {
    let (bytes, remaining) = rest.split_at_checked(usize::try_from(bytes).ok()?)?;
    *rest = remaining;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::exceeds;

    #[test]
    fn arrays_maps_and_variants_count() {
        for opening in [
            &[0x91][..],
            &[0x81, 0x00],
            &[0xdd, 0, 0, 0, 1],
            &[0x92, 0xc0],
        ] {
            let nested = |levels: usize| [&opening.repeat(levels)[..], &[0xc0]].concat();
            assert!(!exceeds(&nested(200), 200), "{opening:?}");
            assert!(exceeds(&nested(201), 200), "{opening:?}");
        }
    }

    #[test]
    fn siblings_do_not_count() {
        let wide = [&[0xdc, 0x01, 0x00][..], &[0x91, 0xc0].repeat(256)].concat();
        assert!(!exceeds(&wide, 2));
        assert!(exceeds(&wide, 1));
    }

    #[test]
    fn a_truncated_payload_is_reported_by_the_decoder() {
        assert!(!exceeds(
            &[0xdb, 0xff, 0xff, 0xff, 0xff, 0x91, 0x91, 0x91],
            1
        ));
    }
}
