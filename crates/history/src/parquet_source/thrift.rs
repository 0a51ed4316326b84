//! Thrift's compact protocol, as far as page headers need it. Whatever bytes are read, nothing panics and nothing is
//! allocated.
//!
//! Source: Apache Thrift, "Thrift Compact protocol encoding".

/// Structures, lists and maps inside one another, at most.
const MAX_DEPTH: u32 = 16;

/// Bytes that are taken apart from the front.
#[derive(Debug)]
pub(super) struct Compact<'a> {
    bytes: &'a [u8],
    at: usize,
    ended: bool,
}

impl<'a> Compact<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, ended: false }
    }

    /// Bytes taken.
    pub(super) fn place(&self) -> usize {
        self.at
    }

    /// Whether more bytes were asked for than there are.
    pub(super) fn at_end(&self) -> bool {
        self.ended
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.ended |= byte.is_none();
        self.at += usize::from(byte.is_some());
        byte
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn jump(&mut self, bytes: u64) -> Option<()> {
        let behind = usize::try_from(bytes).ok().and_then(|bytes| self.at.checked_add(bytes));
        let inside = behind.filter(|behind| *behind <= self.bytes.len());
        self.ended |= inside.is_none();
        self.at = inside?;
        Some(())
    }

    /// Number and type of the next field of a structure; the inner nothing is the structure's end.
    pub(super) fn field(&mut self, last: &mut i16) -> Option<Option<(i16, u8)>> {
        let head = self.byte()?;
        if head & 0x0f == 0 {
            return (head == 0).then_some(None);
        }
        *last = match head >> 4 {
            0 => i16::try_from(unzigzag(self.varint()?)).ok()?,
            step => last.checked_add(i16::from(step))?,
        };
        Some(Some((*last, head & 0x0f)))
    }

    /// A field that must be a whole number.
    pub(super) fn integer(&mut self, kind: u8) -> Option<i64> {
        (matches!(kind, 4..=6)).then(|| self.varint().map(unzigzag)).flatten()
    }

    /// A field that must be a structure, whose fields follow.
    pub(super) fn structure(&self, kind: u8) -> Option<()> {
        (kind == 12).then_some(())
    }

    /// Goes behind a value.
    pub(super) fn skip(&mut self, kind: u8) -> Option<()> {
        self.skip_at(kind, MAX_DEPTH)
    }

    fn skip_at(&mut self, kind: u8, depth: u32) -> Option<()> {
        let deeper = depth.checked_sub(1)?;
        match kind {
            1 | 2 => Some(()), // the type of a field says which flag it is
            3 => self.jump(1),
            4..=6 => self.varint().map(|_| ()),
            7 => self.jump(8),
            8 => {
                let length = self.varint()?;
                self.jump(length)
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                (0..count).try_for_each(|_| self.skip_element(head & 0x0f, deeper))
            }
            11 => {
                let count = self.varint()?;
                if count == 0 {
                    return Some(());
                }
                let kinds = self.byte()?;
                (0..count).try_for_each(|_| {
                    self.skip_element(kinds >> 4, deeper)?;
                    self.skip_element(kinds & 0x0f, deeper)
                })
            }
            12 => {
                let mut last = 0;
                while let Some((_, kind)) = self.field(&mut last)? {
                    self.skip_at(kind, deeper)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// Flags in a list take a byte. An element of no bytes would be skipped for ever.
    fn skip_element(&mut self, kind: u8, depth: u32) -> Option<()> {
        if matches!(kind, 1 | 2) { self.jump(1) } else { self.skip_at(kind, depth) }
    }
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_can_be_skipped() {
        // Fields 1 to 9: flag, byte, i32 -1, double, text "ab", list of two i16, map of one text to a flag, structure, i64.
        let mut bytes = vec![0x11, 0x13, 9, 0x15, 1, 0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0x18, 2, b'a', b'b'];
        bytes.extend([0x19, 0x24, 2, 4, 0x1b, 1, 0x81, 1, b'k', 1, 0x1c, 0x15, 2, 0, 0x16, 0x90, 0x03, 0]);
        let mut from = Compact::new(&bytes);
        let (mut last, mut seen) = (0, Vec::new());
        while let Some(Some((id, kind))) = from.field(&mut last) {
            seen.push(id);
            if id == 9 {
                assert_eq!(from.integer(kind), Some(200));
            } else {
                assert_eq!(from.skip(kind), Some(()), "{id}");
            }
        }
        assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(from.place(), bytes.len());
        for len in 0..bytes.len() {
            let mut from = Compact::new(&bytes[..len]);
            assert_eq!(from.skip(12), None);
            assert!(from.at_end(), "{len}");
        }
    }

    #[test]
    fn depth_and_counts_are_bounded() {
        let deep = vec![0x1c; 1_000];
        assert_eq!(Compact::new(&deep).skip(12), None);
        let many = [0xf5, 0xff, 0xff, 0xff, 0xff, 0x7f];
        assert_eq!(Compact::new(&many).skip(9), None);
    }

    #[test]
    fn numbers_are_zigzag() {
        assert_eq!([0, 1, 2, 3, u64::MAX].map(unzigzag), [0, -1, 1, -2, i64::MIN]);
    }
}
