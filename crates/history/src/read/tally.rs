//! What is counted while a file of the transactions is read, part by part, and must hold for all of it.

use std::path::Path;

use super::clock::ClockChanges;
use super::oddities::Oddities;
use super::row::Values;
use super::{Book, text_of};
use crate::Money;
use crate::cell::Offset;
use crate::channel_names::ChannelNames;
use crate::reject::Rejects;
use crate::text_file::Content;
use crate::warning::Warning;

/// Counts of a file or a part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) rows: u64,
    pub(crate) used: u64,
    pub(crate) dropped: u64,
    pub(crate) without_customer: u64,
    pub(crate) cancelled: u64,
    pub(crate) rejects: Rejects,
    pub(crate) multiline: u64,
    /// A used row is no return.
    pub(crate) sells: bool,
    /// All amounts of money, signs apart, in ten-thousandths.
    pub(crate) money: u128,
    /// All quantities, signs apart, in ten-thousandths.
    pub(crate) quantity: u128,
    pub(crate) uniform: Uniform,
    /// Of the used rows.
    pub(crate) channels: ChannelNames,
    /// What the file holds, if it is packed.
    pub(crate) content: Option<Content>,
    pub(crate) oddities: Oddities,
    /// Of the file as a whole.
    pub(crate) warnings: Vec<Warning>,
}

/// What must be the same in every row that can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Uniform {
    pub(crate) timestamp: Option<Offset>,
    pub(crate) recorded: Option<Offset>,
    pub(crate) currency: Option<Box<str>>,
}

/// Something in here cannot be used together. Reading the files once more, row by row, tells what and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unfit;

impl Tally {
    /// Adds what stands behind this in the table.
    pub(crate) fn append(&mut self, other: Tally) -> Result<(), Unfit> {
        self.rows += other.rows;
        self.used += other.used;
        self.dropped += other.dropped;
        self.without_customer += other.without_customer;
        self.cancelled += other.cancelled;
        self.rejects.append(other.rejects);
        self.multiline += other.multiline;
        self.sells |= other.sells;
        self.money += other.money;
        self.quantity += other.quantity;
        self.channels.append(other.channels);
        self.oddities.append(&other.oddities);
        self.warnings.extend(other.warnings);
        self.uniform.append(other.uniform)?;
        self.check_sums()
    }

    /// Counts a row that is used.
    pub(super) fn use_row(&mut self, values: &Values<'_>, clock: &ClockChanges) -> Result<(), Unfit> {
        self.used += 1;
        self.oddities.take_row(values, clock);
        self.sells |= values.amount >= Money::ZERO;
        self.money += values.money();
        self.quantity += values.quantity();
        if let Some((tag, cell)) = values.channel {
            self.channels.take(tag, || text_of(cell));
        }
        self.check_sums()
    }

    /// Says that what was counted is of the file at this path.
    pub(crate) fn rename_file(&mut self, path: &Path) {
        self.rejects.rename_file(path);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.warnings.iter_mut().for_each(|warning| warning.file.clone_from(&name));
    }

    pub(super) fn check_sums(&self) -> Result<(), Unfit> {
        if self.money.max(self.quantity) > most_together() { Err(Unfit) } else { Ok(()) }
    }

    /// Takes over the counts of rows and the rejected ones.
    pub(super) fn close(&mut self, book: Book) {
        (self.rows, self.rejects) = (book.rows, book.rejects);
    }
}

/// What money or quantities may add up to, in ten-thousandths.
pub(super) fn most_together() -> u128 {
    u128::from(Money::MOST_TOGETHER.ten_thousandths().unsigned_abs())
}

impl Uniform {
    fn append(&mut self, other: Uniform) -> Result<(), Unfit> {
        fit(&mut self.timestamp, other.timestamp)?;
        fit(&mut self.recorded, other.recorded)?;
        fit(&mut self.currency, other.currency)
    }

    /// Takes in a row that can be read, used or not.
    pub(super) fn take(&mut self, values: &Values<'_>) -> Result<(), Unfit> {
        fit(&mut self.timestamp, Some(values.timestamp.1))?;
        fit(&mut self.recorded, values.recorded_at.map(|(_, offset)| offset))?;
        match (&self.currency, &values.currency) {
            (Some(seen), Some(found)) if **seen != **found => Err(Unfit),
            (None, Some(found)) => {
                self.currency = Some(Box::from(&**found));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn fit<T: PartialEq>(seen: &mut Option<T>, found: Option<T>) -> Result<(), Unfit> {
    match (&seen, found) {
        (Some(seen), Some(found)) if *seen != found => Err(Unfit),
        (None, found) => {
            *seen = found;
            Ok(())
        }
        _ => Ok(()),
    }
}
