//! Changed dates, amounts, ids and rows of PostgreSQL: no panic, and what is read is read again as the same.
//! `tests/fuzz.sh` runs it for as long as it is told.
#![allow(clippy::unwrap_used)]

use jiff::tz::TimeZone;

use crate::cell::{Cell, Reading};
use crate::{IdRules, Money, Quantity, fuzz};

fn corpus(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn reading<'a>(zone: &'a TimeZone, date_format: Option<&'a str>) -> Reading<'a> {
    Reading { timezone: zone, date_format, decimal: b'.', thousands: None, ids: IdRules::default() }
}

#[test]
fn dates() {
    let corpus = corpus(&[
        "2026-03-05",
        "2026-03-05T14:22:10",
        "2026-03-05 14:22:10.123456",
        "2026-03-29T03:30:00+02:00",
        "2026-10-25T00:30:00Z",
        "05/03/2026 14:22",
        "31.12.99",
        "45293.75",
        "1767225600000",
        "1950-01-01T00:00:00-15:59",
        "2099-12-31T23:59:59.999999",
    ]);
    let zones =
        ["UTC", "Europe/Bucharest", "America/St_Johns", "Pacific/Apia"].map(|name| TimeZone::get(name).unwrap());
    let formats = [
        None,
        Some("%d/%m/%Y %H:%M"),
        Some("%d.%m.%y"),
        Some("%Y-%m-%dT%H:%M:%S%z"),
        Some("%s"),
        Some("%e %b %Y %I:%M %p"),
        Some("%%%"),
        Some("%Y-%j"),
        Some("%G-W%V-%u"),
    ];
    fuzz::run(
        "dates",
        |mutator| mutator.changed(&corpus),
        |bytes| {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            for zone in &zones {
                for format in formats {
                    let Ok((moment, _)) = reading(zone, format).timestamp(Cell::Text(text)) else { continue };
                    // What it is shown as reads back as the same moment.
                    let again = reading(zone, None).timestamp(Cell::Text(&moment.to_string())).unwrap();
                    assert_eq!(again.0.micros() / 1_000_000, moment.micros() / 1_000_000, "{text}");
                }
            }
            let bits = bytes.iter().fold(0_u64, |bits, byte| bits.rotate_left(8) ^ u64::from(*byte));
            let cells = [
                Cell::Integer(bits.cast_signed()),
                Cell::Float(f64::from_bits(bits)),
                Cell::WallClock(bits.cast_signed()),
                Cell::Utc(bits.cast_signed()),
                Cell::Day(bits as i32),
                Cell::Number(text),
            ];
            for cell in cells {
                for zone in &zones {
                    let _ = reading(zone, None).timestamp(cell);
                }
            }
        },
    );
}

#[test]
fn a_day_beyond_all_calendars_is_implausible() {
    for day in [i32::MIN, -800_000, 800_000, i32::MAX] {
        let (code, _) = reading(&TimeZone::UTC, None).timestamp(Cell::Day(day)).unwrap_err();
        assert_eq!(code, crate::RejectCode::ImplausibleTimestamp, "{day}");
    }
}

#[test]
fn money() {
    let corpus = corpus(&[
        "12.50",
        "-0.00005",
        "899999999999999.9999",
        "900000000000000",
        "1,234,567.89",
        "1e5",
        "+7",
        ".5",
        "5.",
        "0.12345678901234567890",
    ]);
    fuzz::run(
        "money",
        |mutator| mutator.changed(&corpus),
        |bytes| {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            let zone = TimeZone::UTC;
            for (decimal, thousands) in [(b'.', None), (b'.', Some(',')), (b',', Some('.')), (b',', Some(' '))] {
                let reading = Reading { decimal, thousands, ..reading(&zone, None) };
                if let Ok(amount) = reading.money(Cell::Text(text)) {
                    assert_eq!(Money::parse(&amount.to_string(), b'.'), Ok(amount), "{text}");
                }
                if let Ok(pieces) = reading.quantity(Cell::Text(text)) {
                    assert_eq!(Quantity::from_ten_thousandths(pieces.ten_thousandths()), pieces);
                }
                assert!(
                    reading.number(Cell::Text(text)).is_ok_and(f64::is_finite)
                        || reading.number(Cell::Text(text)).is_err()
                );
                let _ = (reading.money(Cell::Number(text)), reading.flag(Cell::Text(text)));
                let _ = crate::product::price_times_quantity(&reading, Cell::Text(text), Cell::Text(text));
            }
        },
    );
}

#[test]
fn ids() {
    let corpus = corpus(&[
        "C00123",
        "e\u{301}-7",
        " 007 ",
        "\u{130}stanbul",
        "客户１",
        "ǅ",
        "\u{1f88}\u{345}",
        "\u{ac00}\u{11a8}",
    ]);
    let all = IdRules { nfc: true, lower_case: true, without_zeros: true };
    fuzz::run(
        "ids",
        |mutator| mutator.changed(&corpus),
        |bytes| {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            let zone = TimeZone::UTC;
            let reading = Reading { ids: all, ..reading(&zone, None) };
            let mut scratch = String::new();
            let Ok(id) = reading.id(Cell::Text(text), &mut scratch).map(str::to_owned) else { return };
            let mut again = String::new();
            assert_eq!(reading.id(Cell::Text(&id), &mut again), Ok(id.as_str()), "a second time changes nothing");
        },
    );
}
