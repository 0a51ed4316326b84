//! Rows of a Parquet file, column by column. This is the short way for rows in which nothing is unusual: as soon as a cell
//! cannot be read, nothing is taken from here, and the rows go the long way one by one, where each is used or rejected.

use memchr::memchr;
use polars::prelude::TimeUnit;

use super::batch::{Batch, Stopped};
use super::row::{AMOUNT, ID, TIMESTAMP};
use super::tally::Tally;
use super::text_of;
use super::transactions::Plan;
use crate::calendar::{MICROS_PER_DAY, PLAUSIBLE_DAYS};
use crate::cell::{Cell, Offset, Reading, trimmed};
use crate::parquet_source::TypedColumn;
use crate::store::Chunk;
use crate::tag::Tag;
use crate::{Money, Timestamp};

/// Takes all rows of these columns, or none: then there is no tally.
pub(super) fn read(plan: &Plan<'_>, columns: &[TypedColumn], batch: Batch<'_>) -> Result<Option<Tally>, Stopped> {
    let Some((mut tally, mut words)) = convert(plan, columns, &batch) else { return Ok(None) };
    let (id, width) = (&columns[ID], batch.columns().width);
    let amount = batch.columns().amount;
    let kept = |row: usize| !plan.drops_returns() || words[row * width + amount] >= 0;
    let mut chunk = Chunk::default();
    match id {
        TypedColumn::Text(values) if !values.has_nulls() => {
            let mut ids = Vec::with_capacity(id.len());
            let texts = values.downcast_iter().flat_map(|array| array.values_iter());
            for (row, text) in texts.enumerate() {
                let id = trimmed(text);
                if id.is_empty() || memchr(0, text.as_bytes()).is_some() {
                    return Ok(None);
                }
                tally.oddities.take_id(Cell::Text(text), id);
                if kept(row) {
                    ids.push(id);
                }
            }
            chunk.customer.reserve_exact(ids.len());
            batch.number_all(&ids, &mut chunk.customer)?;
        }
        TypedColumn::Integer(values) if !values.has_nulls() => {
            let (mut text, mut ends) = (String::new(), vec![0]);
            for row in (0..id.len()).filter(|row| kept(*row)) {
                if let Cell::Integer(value) = id.cell(row) {
                    use std::fmt::Write;
                    let _ = write!(text, "{value}"); // writing to a String cannot fail
                    ends.push(text.len());
                }
            }
            let ids: Vec<&str> = ends.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            batch.number_all(&ids, &mut chunk.customer)?;
        }
        _ => return Ok(None),
    }
    if plan.drops_returns() {
        let mut end = 0;
        for row in 0..id.len() {
            if words[row * width + amount] >= 0 {
                words.copy_within(row * width..(row + 1) * width, end * width);
                end += 1;
            }
        }
        words.truncate(end * width);
    }
    tally.used = chunk.customer.len() as u64;
    tally.dropped = tally.rows - tally.used;
    chunk.words = words;
    batch.add(chunk)?;
    Ok(Some(tally))
}

/// All rows as words, returns that are dropped among them, and what they add up to without those.
fn convert(plan: &Plan<'_>, columns: &[TypedColumn], batch: &Batch<'_>) -> Option<(Tally, Vec<i64>)> {
    let (reading, places, to) = (&plan.reading, plan.places, batch.columns());
    if !places.are_plain() {
        return None;
    }
    let rows = columns[ID].len();
    let mut words = vec![0_i64; rows * to.width];
    let mut tally = Tally { rows: rows as u64, ..Tally::default() };
    let mut fill = Fill { words: &mut words, width: to.width };

    tally.uniform.timestamp = fill.moments(0, reading, &columns[TIMESTAMP])?;
    if let (Some(to), Some(place)) = (to.recorded_at, places.recorded_at) {
        tally.uniform.recorded = fill.moments(to, reading, &columns[place])?;
    }
    fill.money(to.amount, reading, &columns[AMOUNT], None)?;
    if let (Some(to), Some(place)) = (to.discount, places.discount) {
        fill.money(to, reading, &columns[place], Some(Money::ZERO))?;
    }
    if let (Some(margin), Some(place)) = (to.margin, places.margin) {
        fill.money(margin, reading, &columns[place], None)?;
        if places.margin_is_cost {
            for row in fill.words.chunks_exact_mut(to.width) {
                let [amount, cost] = [row[to.amount], row[margin]].map(Money::from_ten_thousandths);
                row[margin] = amount.minus(cost).ten_thousandths();
            }
        }
    }
    if let (Some(to), Some(place)) = (to.quantity, places.quantity) {
        let cells = (0..rows).map(|row| reading.quantity(columns[place].cell(row)).ok());
        fill.all(to, cells.map(|quantity| quantity.map(|quantity| quantity.ten_thousandths())))?;
    }
    let tags = [
        (to.order, places.order),
        (to.channel, places.channel),
        (to.product, places.product),
        (to.category, places.category),
    ];
    for (to, place) in tags {
        if let (Some(to), Some(place)) = (to, place) {
            let tag = |row: usize| match columns[place].cell(row) {
                Cell::NotText => None,
                cell => Some(Tag::of_cell(cell).to_word()),
            };
            fill.all(to, (0..rows).map(tag))?;
        }
    }
    if let Some(place) = places.currency {
        tally.uniform.currency = Some(the_one_text(&columns[place])?);
    }
    let channel = to.channel.zip(places.channel);
    let offset = tally.uniform.timestamp.unwrap_or(Offset::Absent);
    let mut last_channel = None;
    for (number, row) in words.chunks_exact(to.width).enumerate() {
        let is_return = row[to.amount] < 0;
        if is_return && plan.drops_returns() {
            continue;
        }
        tally.sells |= !is_return;
        let (moment, amount) = (Timestamp::from_micros(row[0]), Money::from_ten_thousandths(row[to.amount]));
        tally.oddities.take((moment, offset), amount, &plan.clock);
        let size = |at: Option<usize>| at.map_or(0, |at| u128::from(row[at].unsigned_abs()));
        tally.money += size(Some(to.amount)) + size(to.discount) + size(to.margin);
        tally.quantity += size(to.quantity);
        if let Some((at, place)) = channel
            && last_channel.replace(row[at]) != Some(row[at])
            && let Some(tag) = Tag::from_word(row[at])
        {
            tally.channels.take(tag, || text_of(columns[place].cell(number)));
        }
    }
    tally.check_sums().ok()?;
    Some((tally, words))
}

/// Puts a column where it belongs in every row.
struct Fill<'w> {
    words: &'w mut [i64],
    width: usize,
}

impl Fill<'_> {
    fn all(&mut self, to: usize, values: impl Iterator<Item = Option<i64>>) -> Option<()> {
        for (row, value) in self.words.chunks_exact_mut(self.width).zip(values) {
            row[to] = value?;
        }
        Some(())
    }

    /// Moments, and whether they came with an offset: all of them or none.
    fn moments(&mut self, to: usize, reading: &Reading<'_>, column: &TypedColumn) -> Option<Option<Offset>> {
        if let TypedColumn::Moment { values, unit, utc: false } = column
            && let Ok(values) = values.cont_slice()
        {
            let first = Timestamp::from_micros(i64::from(*PLAUSIBLE_DAYS.start()) * MICROS_PER_DAY);
            let behind = Timestamp::from_micros((i64::from(*PLAUSIBLE_DAYS.end()) + 1) * MICROS_PER_DAY);
            let plausible = |micros: i64| (first.micros()..behind.micros()).contains(&micros).then_some(micros);
            match unit {
                TimeUnit::Nanoseconds => self.all(to, values.iter().map(|v| plausible(v.div_euclid(1_000))))?,
                TimeUnit::Microseconds => self.all(to, values.iter().map(|v| plausible(*v)))?,
                TimeUnit::Milliseconds => self.all(to, values.iter().map(|v| plausible(v.saturating_mul(1_000))))?,
            }
            return Some((!values.is_empty()).then_some(Offset::Absent));
        }
        let mut offset = None;
        let moment = |row: usize| {
            let (moment, found) = reading.timestamp(column.cell(row)).ok()?;
            (*offset.get_or_insert(found) == found).then_some(moment.micros())
        };
        self.all(to, (0..column.len()).map(moment))?;
        Some(offset)
    }

    /// Amounts of money; `empty` stands for empty cells, where they mean anything.
    fn money(&mut self, to: usize, reading: &Reading<'_>, column: &TypedColumn, empty: Option<Money>) -> Option<()> {
        let exact = |money: Money| money.ten_thousandths();
        if let TypedColumn::Float(values) = column
            && let Ok(values) = values.cont_slice()
        {
            return self.all(to, values.iter().map(|value| Money::from_f64(*value).ok().map(exact)));
        }
        let amount = |row: usize| match (column.cell(row), empty) {
            (Cell::Empty, Some(empty)) => Some(exact(empty)),
            (cell, _) => reading.money(cell).ok().map(exact),
        };
        self.all(to, (0..column.len()).map(amount))
    }
}

/// The text that stands in every cell; nothing where they differ.
fn the_one_text(column: &TypedColumn) -> Option<Box<str>> {
    let first = text_of(column.cell(0)).unwrap_or_default();
    let same = |row: usize| match column.cell(row) {
        Cell::Text(text) => text.trim() == &*first,
        cell => text_of(cell).unwrap_or_default() == first,
    };
    (0..column.len()).all(same).then_some(first)
}
