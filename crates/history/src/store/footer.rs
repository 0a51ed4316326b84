//! What stands behind the rows in the file of the cache: whose rows they are, where they lie, and what was counted while
//! they were read.

use std::collections::BTreeMap;

use super::codec::{Decoder, Encoder};
use super::ids::CustomerIds;
use super::layout::Cut;
use super::overlap::Overlap;
use super::range_file::{Entry, bytes_of};
use crate::cell::Offset;
use crate::channel_names::ChannelNames;
use crate::files::FileDigest;
use crate::place::Place;
use crate::read::{Oddities, Scale, Tally, Uniform};
use crate::reject::{Reject, RejectCode, Rejects};
use crate::text_file::Content;
use crate::warning::{Warning, WarningCode};

/// SHA-256 of everything that decides how files are read.
pub(crate) type SpecKey = [u8; 32];

/// What was read into the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Footer {
    pub(crate) key: SpecKey,
    pub(crate) files: Vec<CachedFile>,
    /// Rows of these files that were left out, since they are in another one as well.
    pub(crate) overlap: Overlap,
    pub(crate) ids: CustomerIds,
    pub(crate) cut: Cut,
    pub(crate) entries: Vec<Entry>,
}

/// An export file whose rows are in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CachedFile {
    pub(crate) digest: FileDigest,
    pub(crate) tally: Tally,
}

impl Footer {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Encoder::default();
        out.0.extend(self.key);
        out.number(self.files.len() as u64);
        for file in &self.files {
            out.0.extend(file.digest);
            tally(&mut out, &file.tally);
        }
        let Overlap { rows, same, changed } = self.overlap;
        [rows, same, changed].into_iter().for_each(|count| out.number(count));
        let (text, ends) = self.ids.parts();
        out.bytes(text.as_bytes());
        out.number(ends.len() as u64);
        ends.iter().for_each(|end| out.number(*end));
        out.number(u64::from(self.cut.shift));
        out.number(self.entries.len() as u64);
        for entry in &self.entries {
            out.number(entry.at);
            out.number(entry.rows);
            out.0.extend(entry.digest);
        }
        out.0
    }

    /// The inverse of [`Footer::encode`], for rows of `width` words in the first `end` bytes of a file; nothing where the
    /// bytes are no such thing.
    pub(crate) fn decode(bytes: &[u8], width: usize, end: u64) -> Option<Self> {
        let mut from = Decoder(bytes);
        let key = from.array()?;
        let files = (0..from.count(32)?)
            .map(|_| Some(CachedFile { digest: from.array()?, tally: read_tally(&mut from)? }))
            .collect::<Option<_>>()?;
        let overlap = Overlap { rows: from.number()?, same: from.number()?, changed: from.number()? };
        let text = from.text()?;
        let ends = (0..from.count(8)?).map(|_| from.number()).collect::<Option<_>>()?;
        let ids = CustomerIds::from_parts(text, ends)?;
        let shift = u32::try_from(from.number()?).ok().filter(|shift| *shift < u32::BITS)?;
        let cut = Cut { n_customers: u32::try_from(ids.len()).ok()?, shift };
        let entries: Vec<Entry> = (0..from.count(48)?)
            .map(|_| Some(Entry { at: from.number()?, rows: from.number()?, digest: from.array()? }))
            .collect::<Option<_>>()?;
        let inside = |(range, entry): (usize, &Entry)| {
            let rows = Some(entry.rows).filter(|rows| *rows <= end)?;
            let bytes = bytes_of(cut.customers(range).len(), rows, width);
            entry.at.checked_add(bytes).filter(|behind| *behind <= end)
        };
        let whole = entries.len() == cut.ranges() && from.0.is_empty();
        (whole && entries.iter().enumerate().all(|entry| inside(entry).is_some())).then_some(Self {
            key,
            files,
            overlap,
            ids,
            cut,
            entries,
        })
    }
}

fn tally(out: &mut Encoder, tally: &Tally) {
    let Tally {
        rows,
        used,
        dropped,
        without_customer,
        cancelled,
        rejects,
        multiline,
        sells,
        money,
        quantity,
        uniform,
        channels,
        content,
        oddities,
        warnings,
    } = tally;
    for number in [*rows, *used, *dropped, *without_customer, *cancelled, *multiline, u64::from(*sells)] {
        out.number(number);
    }
    out.wide(*money);
    out.wide(*quantity);
    out.number(offset(uniform.timestamp));
    out.number(offset(uniform.recorded));
    out.number(u64::from(uniform.currency.is_some()));
    out.bytes(uniform.currency.as_deref().unwrap_or_default().as_bytes());
    out.number(rejects.counts().len() as u64);
    for (code, count) in rejects.counts() {
        out.bytes(code.as_str().as_bytes());
        out.number(*count);
    }
    out.number(rejects.rows().len() as u64);
    for Reject { file, line, byte, column, code, reason } in rejects.rows() {
        out.number(*line);
        optional(out, *byte);
        for text in [file, column, code.as_str(), reason] {
            out.bytes(text.as_bytes());
        }
    }
    let channels = channels.all();
    out.number(u64::from(channels.is_some()));
    let channels = channels.unwrap_or_default();
    out.number(channels.len() as u64);
    for (tag, name) in channels {
        out.number(tag);
        out.bytes(name.as_bytes());
    }
    out.number(u64::from(content.is_some()));
    if let Some(Content { len, digest }) = content {
        out.number(*len);
        out.0.extend(digest);
    }
    let Oddities { padded, normalized, gaps, folds, zeros, scale } = oddities;
    [*padded, *normalized, *gaps, *folds, *zeros].into_iter().for_each(|count| out.number(count));
    let sizes = scale.all();
    out.number(sizes.len() as u64);
    for (month, size, count) in sizes {
        [month, size, count].into_iter().for_each(|number| out.number(number));
    }
    out.number(warnings.len() as u64);
    for Warning { code, file, place, column, count, message, examples } in warnings {
        for text in [code.as_str(), file, column, message] {
            out.bytes(text.as_bytes());
        }
        optional(out, place.map(|place| place.line));
        optional(out, place.and_then(|place| place.byte));
        out.number(*count);
        out.number(examples.len() as u64);
        examples.iter().for_each(|example| out.bytes(example.as_bytes()));
    }
}

fn optional(out: &mut Encoder, value: Option<u64>) {
    out.number(u64::from(value.is_some()));
    out.number(value.unwrap_or_default());
}

fn read_optional(from: &mut Decoder<'_>) -> Option<Option<u64>> {
    let there = from.number()? == 1;
    let value = from.number()?;
    Some(there.then_some(value))
}

fn read_oddities(from: &mut Decoder<'_>) -> Option<Oddities> {
    let [padded, normalized] = [from.number()?, from.number()?];
    let [gaps, folds, zeros] = [from.number()?, from.number()?, from.number()?];
    let sizes: Vec<(u64, u64, u64)> =
        (0..from.count(24)?).map(|_| Some((from.number()?, from.number()?, from.number()?))).collect::<Option<_>>()?;
    Some(Oddities { padded, normalized, gaps, folds, zeros, scale: Scale::of_all(&sizes)? })
}

fn read_warning(from: &mut Decoder<'_>) -> Option<Warning> {
    let code = WarningCode::of(&from.text()?)?;
    let [file, column, message] = [from.text()?, from.text()?, from.text()?];
    let (line, byte) = (read_optional(from)?, read_optional(from)?);
    let count = from.number()?;
    let examples = (0..from.count(8)?).map(|_| from.text()).collect::<Option<_>>()?;
    let place = line.map(|line| Place { line, byte });
    Some(Warning { code, file, place, column, count, message, examples })
}

fn read_tally(from: &mut Decoder<'_>) -> Option<Tally> {
    let [rows, used, dropped] = [from.number()?, from.number()?, from.number()?];
    let [without_customer, cancelled] = [from.number()?, from.number()?];
    let [multiline, sells] = [from.number()?, from.number()?];
    let (money, quantity) = (from.wide()?, from.wide()?);
    let (timestamp, recorded) = (read_offset(from)?, read_offset(from)?);
    let has_currency = from.number()? == 1;
    let currency = Some(from.text()?.into_boxed_str()).filter(|_| has_currency);
    let counts: BTreeMap<RejectCode, u64> =
        (0..from.count(16)?).map(|_| Some((RejectCode::of(&from.text()?)?, from.number()?))).collect::<Option<_>>()?;
    let kept = (0..from.count(40)?)
        .map(|_| {
            let line = from.number()?;
            let byte = read_optional(from)?;
            let [file, column, code, reason] = [from.text()?, from.text()?, from.text()?, from.text()?];
            Some(Reject { file, line, byte, column, code: RejectCode::of(&code)?, reason })
        })
        .collect::<Option<_>>()?;
    let rejects = Rejects::of(kept, counts);
    let uniform = Uniform { timestamp, recorded, currency };
    let has_channels = from.number()? == 1;
    let channels = (0..from.count(16)?).map(|_| Some((from.number()?, from.text()?))).collect::<Option<_>>()?;
    let channels = ChannelNames::of_all(Some(channels).filter(|_| has_channels));
    let content = match from.number()? {
        0 => None,
        _ => Some(Content { len: from.number()?, digest: from.array()? }),
    };
    let oddities = read_oddities(from)?;
    let warnings = (0..from.count(64)?).map(|_| read_warning(from)).collect::<Option<_>>()?;
    let sells = sells == 1;
    Some(Tally {
        rows,
        used,
        dropped,
        without_customer,
        cancelled,
        rejects,
        multiline,
        sells,
        money,
        quantity,
        uniform,
        channels,
        content,
        oddities,
        warnings,
    })
}

fn offset(offset: Option<Offset>) -> u64 {
    match offset {
        None => 0,
        Some(Offset::Absent) => 1,
        Some(Offset::Given) => 2,
    }
}

fn read_offset(from: &mut Decoder<'_>) -> Option<Option<Offset>> {
    match from.number()? {
        0 => Some(None),
        1 => Some(Some(Offset::Absent)),
        2 => Some(Some(Offset::Given)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn footer() -> Footer {
        let reject = Reject {
            file: "orders.csv".into(),
            line: 7,
            byte: Some(123),
            column: "amount".into(),
            code: RejectCode::BadAmount,
            reason: "expected".into(),
        };
        let mut rejects = Rejects::default();
        rejects.add(reject);
        let uniform = Uniform { timestamp: Some(Offset::Given), recorded: None, currency: Some("EUR".into()) };
        let channels = ChannelNames::of_all(Some(vec![(7, "web".into()), (9, String::new())]));
        let content = Some(Content { len: 77, digest: [9; 32] });
        let scale = Scale::of_all(&[(3, 50, 2), (3, 51, 1), (900, 0, 7)]).unwrap();
        let oddities = Oddities { padded: 1, normalized: 5, gaps: 2, folds: 3, zeros: 4, scale };
        let warning = Warning::new(WarningCode::MixedLineEnds, "orders.csv", 1, "lines").at(Place::of_text(3, 50));
        let tally = Tally {
            rows: 9,
            used: 8,
            without_customer: 5,
            cancelled: 6,
            rejects,
            sells: true,
            money: 1 << 70,
            uniform,
            channels,
            content,
            oddities,
            warnings: vec![warning.with_examples(vec!["a".into()])],
            ..Tally::default()
        };
        Footer {
            key: [7; 32],
            files: vec![CachedFile { digest: [3; 32], tally }],
            overlap: Overlap { rows: 5, same: 2, changed: 1 },
            ids: CustomerIds::from_parts("abc".into(), vec![1, 2, 3]).unwrap(),
            cut: Cut { n_customers: 3, shift: 1 },
            entries: vec![Entry { at: 16, rows: 5, digest: [1; 32] }, Entry { at: 112, rows: 3, digest: [2; 32] }],
        }
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        assert_eq!(Footer::decode(&footer().encode(), 2, 170).unwrap(), footer());
    }

    #[test]
    fn bytes_that_are_no_footer_are_refused_and_never_panic() {
        let whole = footer().encode();
        for len in 0..whole.len() {
            assert_eq!(Footer::decode(&whole[..len], 2, 170), None, "{len}");
        }
        // Rows that would lie past the end of the file.
        assert_eq!(Footer::decode(&whole, 2, 160), None);
        assert_eq!(Footer::decode(&whole, 2_000, 170), None);
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut changed = whole.clone();
                changed[at] = value;
                let _ = Footer::decode(&changed, 2, 170);
            }
        }
    }
}
