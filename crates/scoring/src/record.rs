//! A row of the scores table as bytes, for the time between scoring it and writing it, or between one run and the next.
//!
//! One byte of flags (state in the lowest two bits, whether there is an interval, whether there is a return probability, the
//! band, the number of reasons), then of an eligible customer the logit, the probability, the interval and the expected value,
//! the curve over several horizons, and the reasons (group, length in bytes as u16, text); of a lapsed one the return probability. Numbers
//! are little-endian. The customer and the percentile are not in it.

use feature_engineering::State;
use feature_engineering::reason::Group;

use crate::score::{RiskBand, Scored};
use crate::scores::ScoreRow;

const STATES: [State; 3] = [State::Eligible, State::Lapsed, State::New];
const BANDS: [RiskBand; 4] = [RiskBand::Low, RiskBand::Medium, RiskBand::High, RiskBand::Critical];
const HAS_INTERVAL: u8 = 1 << 2;
const HAS_RETURN: u8 = 1 << 3;

/// Bytes that are no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a row of scores, found other bytes")]
pub struct RecordError;

/// Appends a row and its curve (empty where the model has one horizon) to bytes.
pub fn encode_row(row: &ScoreRow, curve: &[f64], bytes: &mut Vec<u8>) {
    let state = STATES.iter().position(|state| *state == row.state).unwrap_or_default() as u8;
    let mut flags = state;
    if row.return_probability.is_some() {
        flags |= HAS_RETURN;
    }
    if let Some(scored) = &row.scored {
        let band = BANDS.iter().position(|band| *band == scored.band).unwrap_or_default() as u8;
        // There are at most three.
        flags |= band << 4 | (scored.reasons.len().min(3) as u8) << 6;
        if scored.interval.is_some() {
            flags |= HAS_INTERVAL;
        }
    }
    bytes.push(flags);
    let mut number = |value: f64| bytes.extend(value.to_bits().to_le_bytes());
    if let Some(scored) = &row.scored {
        number(scored.logit);
        number(scored.probability);
        if let Some((low, high)) = scored.interval {
            number(low);
            number(high);
        }
        number(scored.expected_value);
        curve.iter().for_each(|probability| number(*probability));
    }
    if let Some(probability) = row.return_probability {
        number(probability);
    }
    for (text, group) in row.scored.iter().flat_map(|s| s.reasons.iter().zip(&s.reason_groups)).take(3) {
        // No sentence is anywhere near as long.
        let end = text.floor_char_boundary(usize::from(u16::MAX));
        bytes.push(*group as u8);
        bytes.extend((end as u16).to_le_bytes());
        bytes.extend(&text.as_bytes()[..end]);
    }
}

/// Takes the row of a customer from the front of bytes; the curve, of so many horizons as it has room for (0 where the model
/// has one), goes to `curve`.
///
/// # Errors
/// The bytes are no row.
pub fn decode_row(
    bytes: &mut &[u8],
    customer: u32,
    horizons: usize,
    curve: &mut Vec<f64>,
) -> Result<ScoreRow, RecordError> {
    curve.clear();
    let [flags] = take(bytes)?;
    let state = *STATES.get(usize::from(flags & 3)).ok_or(RecordError)?;
    let mut row = ScoreRow::empty(customer, state);
    if state == State::Eligible {
        let (logit, probability) = (number(bytes)?, number(bytes)?);
        let interval = match flags & HAS_INTERVAL != 0 {
            true => Some((number(bytes)?, number(bytes)?)),
            false => None,
        };
        let expected_value = number(bytes)?;
        for _ in 0..horizons {
            curve.push(number(bytes)?);
        }
        row.scored = Some(Scored {
            customer,
            logit,
            probability,
            interval,
            band: BANDS[usize::from(flags >> 4 & 3)],
            expected_value,
            value_at_risk: probability * expected_value,
            reasons: Vec::new(),
            reason_groups: Vec::new(),
        });
    }
    if flags & HAS_RETURN != 0 {
        row.return_probability = Some(number(bytes)?);
    }
    for _ in 0..flags >> 6 {
        let [group] = take(bytes)?;
        let length = usize::from(u16::from_le_bytes(take(bytes)?));
        let (text, rest) = bytes.split_at_checked(length).ok_or(RecordError)?;
        *bytes = rest;
        let scored = row.scored.as_mut().ok_or(RecordError)?;
        scored.reasons.push(std::str::from_utf8(text).map_err(|_| RecordError)?.to_owned());
        scored.reason_groups.push(*Group::ALL.get(usize::from(group)).ok_or(RecordError)?);
    }
    Ok(row)
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], RecordError> {
    let (first, rest) = bytes.split_first_chunk::<N>().ok_or(RecordError)?;
    *bytes = rest;
    Ok(*first)
}

fn number(bytes: &mut &[u8]) -> Result<f64, RecordError> {
    Ok(f64::from_bits(u64::from_le_bytes(take(bytes)?)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::toy::{as_of, export, model_file};
    use crate::{Batches, Model, ModelFile};

    #[test]
    fn rows_come_back_bit_for_bit_and_cut_short_they_are_refused() {
        let export = export();
        let model = Model::new(model_file()).unwrap();
        let no_interval = Model::new(ModelFile { lapsed: None, ..model_file() }).unwrap();
        for model in [&model, &no_interval] {
            let batches = Batches::new(model, &export, as_of()).unwrap();
            let rows: Vec<ScoreRow> = batches.iter().flat_map(|batch| batches.score(batch).unwrap().rows).collect();
            for curve in [vec![], vec![0.25, 0.5, 1.0 / 3.0]] {
                for row in &rows {
                    let mut bytes = Vec::new();
                    encode_row(row, &curve, &mut bytes);
                    let mut found = Vec::new();
                    let mut rest = bytes.as_slice();
                    assert_eq!(&decode_row(&mut rest, row.customer, curve.len(), &mut found).unwrap(), row);
                    assert!(rest.is_empty());
                    assert_eq!(found.is_empty(), curve.is_empty() || row.scored.is_none());
                    for cut in 0..bytes.len() {
                        let outcome = decode_row(&mut &bytes[..cut], row.customer, curve.len(), &mut found);
                        assert_eq!(outcome, Err(RecordError), "{cut} of {}", bytes.len());
                    }
                }
            }
        }
    }

    #[test]
    fn groups_are_numbered_in_their_order() {
        assert!(Group::ALL.iter().enumerate().all(|(at, group)| *group as usize == at));
    }
}
