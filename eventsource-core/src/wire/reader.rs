//! A reader of the parts of an envelope.

use super::error::WireError;

/// The remaining bytes of an envelope, without its checksum. A length that exceeds them is refused.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn byte(&mut self) -> Result<u8, WireError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (array, _) = self.bytes(N)?.as_chunks();
        Ok(array[0])
    }

    /// Reads a number in LEB128, at most ten bytes: seven bits each, the lowest first; all bytes but the last
    /// have the eighth bit set. Only the shortest form is accepted.
    pub(super) fn number(&mut self) -> Result<u64, WireError> {
        let start = self.at;
        let mut number = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            number |= bits << shift;
            if byte & 0x80 == 0 {
                let is_shortest = byte != 0 || shift == 0;
                let is_whole = number >> shift == bits;
                if is_shortest && is_whole {
                    return Ok(number);
                }
                break;
            }
        }
        Err(malformed(start, "a number is not in its shortest form"))
    }

    /// Reads the number of items, which take at least `bytes_each` bytes each.
    pub(super) fn count(&mut self, bytes_each: usize) -> Result<usize, WireError> {
        let start = self.at;
        let count = usize::try_from(self.number()?).ok();
        count
            .filter(|&count| count <= (self.bytes.len() - self.at) / bytes_each)
            .ok_or_else(|| malformed(start, "there are fewer bytes than a number says"))
    }

    pub(super) fn u32(&mut self) -> Result<u32, WireError> {
        let start = self.at;
        let number = self.number()?;
        u32::try_from(number).map_err(|_| malformed(start, "a number has more than 32 bits"))
    }

    /// Reads bytes that follow their length.
    pub(super) fn sized(&mut self) -> Result<&'a [u8], WireError> {
        let length = self.count(1)?;
        self.bytes(length)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, WireError> {
        let start = self.at;
        str::from_utf8(self.sized()?).map_err(|_| malformed(start, "a text is not UTF-8"))
    }

    /// The error of a violated rule before the next byte.
    pub(super) fn malformed(&self, reason: &'static str) -> WireError {
        malformed(self.at, reason)
    }

    pub(super) fn end(self) -> Result<(), WireError> {
        if self.at == self.bytes.len() {
            return Ok(());
        }
        Err(self.malformed("there are bytes behind the last event"))
    }

    fn bytes(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let rest = &self.bytes[self.at..];
        let Some((bytes, _)) = rest.split_at_checked(length) else {
            return Err(self.malformed("the bytes end too early"));
        };
        self.at += length;
        Ok(bytes)
    }
}

fn malformed(at: usize, reason: &'static str) -> WireError {
    WireError::Malformed { at, reason }
}
