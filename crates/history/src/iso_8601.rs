//! Moments as ISO 8601 writes them.

use crate::calendar::{number, parse_date};
use crate::usual_dates;

/// A moment as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    /// Microseconds since 1970-01-01T00:00:00 of the clock that is meant.
    pub(crate) micros: i64,
    /// Microseconds by which that clock is before UTC, if it is said.
    pub(crate) offset: Option<i64>,
}

/// Reads `2026-03-05`, `2026-03-05T14:22`, `2026-03-05 14:22:10.123456`, each time with `Z` or an offset behind it or not.
pub(crate) fn parse(text: &[u8]) -> Option<Written> {
    if let Some(micros) = usual_dates::iso(text) {
        return Some(Written { micros, offset: None });
    }
    let (date, rest) = text.split_at_checked(10)?;
    let midnight = parse_date(date)?.start().micros();
    let Some((separator, time)) = rest.split_first() else { return Some(Written { micros: midnight, offset: None }) };
    if !matches!(separator, b'T' | b't' | b' ') {
        return None;
    }
    let zone_at = time.iter().position(|b| matches!(b, b'Z' | b'z' | b'+' | b'-')).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone_at);
    let micros = midnight + clock_micros(clock)?;
    let offset = match zone {
        [] => None,
        [b'Z' | b'z'] => Some(0),
        _ => Some(offset_micros(zone)?),
    };
    Some(Written { micros, offset })
}

/// Microseconds since midnight of `14:22`, `14:22:10` or `14:22:10.5`.
fn clock_micros(clock: &[u8]) -> Option<i64> {
    let (whole, fraction) = match clock.iter().position(|b| matches!(b, b'.' | b',')) {
        Some(at) => (&clock[..at], Some(&clock[at + 1..])),
        None => (clock, None),
    };
    let (hour, minute, second) = match *whole {
        [h1, h2, b':', m1, m2] => (number(&[h1, h2])?, number(&[m1, m2])?, 0),
        [h1, h2, b':', m1, m2, b':', s1, s2] => (number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?),
        _ => return None,
    };
    if hour > 23 || minute > 59 || second > 59 || (fraction.is_some() && whole.len() != 8) {
        return None;
    }
    let mut micros = 0_i64;
    if let Some(digits) = fraction {
        if digits.is_empty() || digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        for place in 0..6 {
            micros = micros * 10 + i64::from(digits.get(place).map_or(0, |d| d - b'0'));
        }
    }
    Some((i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second)) * 1_000_000 + micros)
}

/// Microseconds east of UTC of `+02:00`, `+0200` or `+02`.
fn offset_micros(zone: &[u8]) -> Option<i64> {
    let (hours, minutes) = match *zone {
        [_, h1, h2] => (number(&[h1, h2])?, 0),
        [_, h1, h2, m1, m2] | [_, h1, h2, b':', m1, m2] => (number(&[h1, h2])?, number(&[m1, m2])?),
        _ => return None,
    };
    if hours > 15 || minutes > 59 {
        return None;
    }
    let micros = i64::from(hours * 60 + minutes) * 60_000_000;
    Some(if zone[0] == b'-' { -micros } else { micros })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By the long way.
    fn careful(text: &[u8]) -> Option<i64> {
        let (date, time) = text.split_at_checked(10)?;
        let ([b'T' | b' '], clock) = time.split_at_checked(1)? else { return None };
        Some(parse_date(date)?.start().micros() + clock_micros(clock)?)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]
        #[test]
        fn the_short_way_reads_what_the_long_way_reads(
            text in "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]",
            place in 0_usize..19,
            byte in 0_u8..128,
            changed in any::<bool>(),
        ) {
            let mut text = text.into_bytes();
            if changed {
                text[place] = byte;
            }
            if let Some(micros) = usual_dates::iso(&text) {
                prop_assert_eq!(Some(micros), careful(&text));
            }
        }
    }
}
