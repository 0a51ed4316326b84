//! Decimal numbers as PostgreSQL sends them.
//!
//! Source: PostgreSQL 15, `src/backend/utils/adt/numeric.c`, `numeric_send`: number of digits, weight of the first, sign,
//! decimals shown, then digits to the base of 10,000.

/// More digits than this are written by no system of orders; the number is out of range for all that is read here.
const MOST_DIGITS: usize = 64;

/// Appends a number as text with a point, exactly; `NaN` and `Infinity` as those words. Nothing where the bytes are none.
pub(super) fn write(bytes: &[u8], text: &mut String) -> Option<()> {
    let (head, digits) = bytes.split_at_checked(8)?;
    let word = |at: usize| i16::from_be_bytes([head[at], head[at + 1]]);
    let (count, weight, sign, scale) = (usize::try_from(word(0)).ok()?, i32::from(word(2)), word(4) as u16, word(6));
    match sign {
        0x0000 => {}
        0x4000 => text.push('-'),
        0xC000 => {
            text.push_str("NaN");
            return Some(());
        }
        0xD000 => {
            text.push_str("Infinity");
            return Some(());
        }
        0xF000 => {
            text.push_str("-Infinity");
            return Some(());
        }
        _ => return None,
    }
    let scale = usize::try_from(scale).ok()?;
    if digits.len() != 2 * count {
        return None;
    }
    let digit = |at: i32| {
        let at = usize::try_from(at).ok().filter(|at| *at < count)?;
        Some(i16::from_be_bytes([digits[2 * at], digits[2 * at + 1]]))
    };
    if weight > MOST_DIGITS as i32 || scale > 16_383 {
        text.push_str("Infinity");
        return Some(());
    }
    use std::fmt::Write;
    if weight < 0 {
        text.push('0');
    }
    for at in 0..=weight {
        let value = digit(at).unwrap_or(0);
        // Writing to a String cannot fail.
        let _ = if at == 0 { write!(text, "{value}") } else { write!(text, "{value:04}") };
    }
    if scale > 0 {
        text.push('.');
        let end = text.len() + scale;
        let mut at = weight + 1;
        while text.len() < end {
            let _ = write!(text, "{:04}", digit(at).unwrap_or(0));
            at += 1;
        }
        text.truncate(end);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(words: [i16; 4], digits: &[i16]) -> Option<String> {
        let bytes: Vec<u8> = words.iter().chain(digits).flat_map(|word| word.to_be_bytes()).collect();
        let mut text = String::new();
        write(&bytes, &mut text).map(|()| text)
    }

    #[test]
    fn numbers_come_out_digit_by_digit() {
        // As `select numeric_send(...)` of PostgreSQL 15 gives them.
        assert_eq!(of([2, 0, 0, 2], &[12, 5000]).unwrap(), "12.50");
        assert_eq!(of([2, 0, 0x4000, 2], &[12, 5000]).unwrap(), "-12.50");
        assert_eq!(of([0, 0, 0, 0], &[]).unwrap(), "0");
        assert_eq!(of([0, 0, 0, 3], &[]).unwrap(), "0.000");
        assert_eq!(of([1, -1, 0, 4], &[7]).unwrap(), "0.0007");
        assert_eq!(of([1, -2, 0, 8], &[7]).unwrap(), "0.00000007");
        assert_eq!(of([1, 2, 0, 0], &[3]).unwrap(), "300000000");
        assert_eq!(of([3, 1, 0, 1], &[1, 2, 5000]).unwrap(), "10002.5");
        assert_eq!(of([0, 0, 0xC000_u16 as i16, 0], &[]).unwrap(), "NaN");
        assert_eq!(of([0, 0, 0xD000_u16 as i16, 0], &[]).unwrap(), "Infinity");
    }

    #[test]
    fn bytes_that_are_no_number_are_none() {
        assert_eq!(of([2, 0, 0, 0], &[1]), None);
        assert_eq!(of([-1, 0, 0, 0], &[]), None);
        assert_eq!(of([0, 0, 1, 0], &[]), None);
        assert_eq!(write(&[0, 1], &mut String::new()), None);
        assert!(of([0, i16::MAX, 0, 0], &[]).unwrap().len() < 100);
    }
}
