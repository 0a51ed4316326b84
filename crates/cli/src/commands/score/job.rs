//! Scoring in batches: first every customer's row, batch by batch, into a spool on disk; then, when it is known where each
//! probability stands among all, the tables.
//!
//! In memory at one time are the batch at work and, while tables are written, a block for each thread. Of every other known
//! customer there are sixteen bytes: number, state and probability.

use history::{CustomerDigest, Date, Export, TableWriter, WriteError, write_blocks};
use scoring::{
    Batches, DriftCounts, FeatureDrift, HorizonCurves, Known, Model, Ranks, ScoreRow, decode_row, encode_row,
    score_columns,
};
use sha2::{Digest, Sha256};

use super::spool::{Before, Key, Spool, SpoolWriter, Unusable};
use crate::interrupt;
use crate::output::Output;
use crate::progress::Progress;
use crate::report_data::SegmentBy;

/// Rows of a block of the scores, which bounds the memory; in Parquet a block is a row group.
pub(super) const ROWS_OF_A_BLOCK: usize = 1 << 16;
/// Customers of a block of the horizons, which have several rows each.
const CUSTOMERS_OF_A_HORIZONS_BLOCK: usize = 1 << 14;

/// Everybody's row, ready to be written.
#[derive(Debug)]
pub(super) struct Scored<'a> {
    export: &'a Export,
    as_of: Date,
    model: &'a Model,
    known: Vec<Known>,
    ranks: Ranks,
    spool: Spool,
    pub(super) sums: Sums,
    pub(super) carried: Carried,
    /// Features that have moved since training; none where rows were taken over, whose features nobody looked at.
    pub(super) drift: Option<Vec<FeatureDrift>>,
}

/// Sums over the customers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) eligible: usize,
    pub(super) lapsed: usize,
    pub(super) new: usize,
    pub(super) expected_churners: f64,
    pub(super) value_at_risk: f64,
}

/// What an incremental run took over.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Carried {
    /// Rows taken over from the run before.
    pub(super) rows: usize,
    /// Why there was nothing to take over from.
    pub(super) why_not: Option<Unusable>,
}

/// Scores everybody.
///
/// # Errors
/// Rows cannot be read or scored, the spool cannot be written, or a signal has come.
pub(super) fn score<'a>(
    batches: Batches<'a>,
    export: &'a Export,
    as_of: Date,
    output: &Output,
    incremental: bool,
    progress: &Progress,
) -> anyhow::Result<Scored<'a>> {
    let model = batches.model();
    let horizons = HorizonCurves::new(model).map_or(0, |curves| curves.days().len());
    let key = key(&batches);
    let mut carried = Carried::default();
    let mut before = match incremental.then(|| Before::open(output.folder(), &key, horizons)) {
        Some(Ok(before)) => Some(before),
        Some(Err(why)) => {
            carried.why_not = Some(why);
            None
        }
        None => None,
    };
    let mut writer = SpoolWriter::create(output.folder(), &key, horizons, incremental)?;
    let ids = export.customer_ids();
    let id_of = |known: &Known| ids.get(known.customer as usize).unwrap_or_default();
    let mut probabilities = Vec::with_capacity(batches.standings().eligible as usize);
    let mut sums = Sums::default();
    let (mut done, mut drift) = (0, DriftCounts::default());
    for batch in batches.iter() {
        interrupt::check()?;
        let digests = match incremental {
            true => {
                let customers: Vec<u32> = batch.iter().map(|known| known.customer).collect();
                batches.history().customer_digests(&customers)?
            }
            false => vec![CustomerDigest::default(); batch.len()],
        };
        // Rows of the run before, one behind the other; where a customer has none, the end is that of the one before.
        let (mut taken, mut ends) = (Vec::new(), Vec::with_capacity(batch.len()));
        let mut to_score = Vec::with_capacity(batch.len());
        for (known, digest) in batch.iter().zip(&digests) {
            match before.as_mut().and_then(|before| before.row_of(id_of(known), digest)) {
                Some(row) => taken.extend_from_slice(row),
                None => to_score.push(*known),
            }
            ends.push(taken.len());
        }
        let scored = batches.score(&to_score)?;
        drift.append(&scored.drift);
        let mut fresh = scored.rows.iter();
        let mut curves = scored.curves.as_ref().map(HorizonCurves::curves);
        let mut curve_taken = Vec::new();
        let mut begins = 0;
        for ((known, digest), end) in batch.iter().zip(&digests).zip(ends) {
            let id = if incremental { id_of(known) } else { "" };
            let of_before = &taken[begins..end];
            begins = end;
            if of_before.is_empty() {
                let Some(row) = fresh.next() else { anyhow::bail!("a customer was not scored") };
                let curve = row.scored.as_ref().and_then(|_| curves.as_mut()?.next()).unwrap_or_default();
                writer.push(id, digest, |bytes| encode_row(row, curve, bytes))?;
                sums.add(row, &mut probabilities);
            } else {
                let row = decode_row(&mut &*of_before, known.customer, horizons, &mut curve_taken)?;
                anyhow::ensure!(row.state == known.state, "an earlier score is of a customer in another state");
                writer.push(id, digest, |bytes| bytes.extend_from_slice(of_before))?;
                sums.add(&row, &mut probabilities);
                carried.rows += 1;
            }
        }
        done += batch.len();
        progress.done("scoring", done, batches.len());
    }
    let spool = writer.finish()?;
    let drift = (carried.rows == 0).then(|| batches.drift(&drift));
    Ok(Scored {
        export,
        as_of,
        model,
        known: batches.into_known(),
        ranks: Ranks::of(probabilities),
        spool,
        sums,
        carried,
        drift,
    })
}

impl Sums {
    /// In the order of the customers, so that the sums have the same bits however rows were come by.
    fn add(&mut self, row: &ScoreRow, probabilities: &mut Vec<f64>) {
        match row.state {
            feature_engineering::State::Eligible => self.eligible += 1,
            feature_engineering::State::Lapsed => self.lapsed += 1,
            feature_engineering::State::New => self.new += 1,
        }
        if let Some(scored) = &row.scored {
            self.expected_churners += scored.probability;
            self.value_at_risk += scored.value_at_risk;
            probabilities.push(scored.probability);
        }
    }
}

/// All that a row depends on beside its own customer: the model, what the export shows as a whole as of the date, and the
/// program, which may compute a feature in another way in its next version.
fn key(batches: &Batches<'_>) -> Key {
    let mut hash = Sha256::new();
    hash.update(&batches.model().file().content_sha256);
    hash.update(batches.history().export_digest());
    hash.update(super::program::digest().unwrap_or_default());
    hash.update(batches.model().language().code());
    hash.finalize().into()
}

impl Scored<'_> {
    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether the model has several horizons.
    pub(super) fn has_horizons(&self) -> bool {
        self.spool.horizons > 0
    }

    /// Writes the rows of this stretch to tables, which are not finished yet.
    ///
    /// # Errors
    /// They cannot be written, or a signal has come.
    pub(super) fn write_scores(
        &self,
        tables: &mut [TableWriter],
        of: std::ops::Range<usize>,
        segment_by: SegmentBy<'_>,
        mut written: impl FnMut(usize),
    ) -> anyhow::Result<()> {
        let columns = |block: &std::ops::Range<usize>| -> anyhow::Result<_> {
            interrupt::check()?;
            let mut rows = self.rows(block.clone(), |_, _| {})?;
            for row in &mut rows {
                row.risk_percentile = row.scored.as_ref().map(|scored| self.ranks.percentile(scored.probability));
            }
            let customers: Vec<u32> = rows.iter().map(|row| row.customer).collect();
            let cells = segment_by.cells_of(self.export, self.as_of, &customers)?;
            // Rows stand by customer.
            let segment = |customer: u32| customers.binary_search(&customer).ok().and_then(|at| cells[at]);
            let ids = self.export.customer_ids();
            Ok(score_columns(&rows, (self.as_of, self.model.version()), ids, segment))
        };
        write_blocks(tables, &blocks(of, ROWS_OF_A_BLOCK), columns, |block| written(block.len()))
    }

    /// Writes the horizons of all eligible customers.
    ///
    /// # Errors
    /// They cannot be written, or a signal has come.
    pub(super) fn write_horizons(&self, tables: &mut [TableWriter]) -> anyhow::Result<()> {
        let columns = |block: &std::ops::Range<usize>| -> anyhow::Result<_> {
            interrupt::check()?;
            let Some(mut curves) = HorizonCurves::new(self.model) else { anyhow::bail!("the model has one horizon") };
            self.rows(block.clone(), |row, curve| {
                if row.scored.is_some() {
                    curves.push(row.customer, curve);
                }
            })?;
            let all = 0..curves.customers().len();
            Ok(curves.columns(all, self.as_of, self.model.version(), self.export.customer_ids()))
        };
        write_blocks(tables, &self.blocks_of_eligible(CUSTOMERS_OF_A_HORIZONS_BLOCK), columns, |_| {})
    }

    /// Stretches of so many eligible customers, whoever stands between them.
    fn blocks_of_eligible(&self, customers: usize) -> Vec<std::ops::Range<usize>> {
        let (mut blocks, mut first, mut eligible) = (Vec::new(), 0, 0);
        for (at, known) in self.known.iter().enumerate() {
            if known.state == feature_engineering::State::Eligible {
                if eligible == customers {
                    blocks.push(first..at);
                    (first, eligible) = (at, 0);
                }
                eligible += 1;
            }
        }
        blocks.push(first..self.known.len());
        blocks
    }

    /// The rows of a stretch, without percentiles; `look` sees each with its curve.
    fn rows(
        &self,
        of: std::ops::Range<usize>,
        mut look: impl FnMut(&ScoreRow, &[f64]),
    ) -> anyhow::Result<Vec<ScoreRow>> {
        let bytes = self.spool.read(of.start, of.end)?;
        let mut curve = Vec::new();
        let mut rows = Vec::with_capacity(of.len());
        for (known, mut row) in self.known[of.clone()].iter().zip(Spool::rows_of(&bytes, of.start)) {
            let row = decode_row(&mut row, known.customer, self.spool.horizons, &mut curve)?;
            look(&row, &curve);
            rows.push(row);
        }
        anyhow::ensure!(rows.len() == of.len(), "expected {} rows of scores, found {}", of.len(), rows.len());
        Ok(rows)
    }

    /// Gives what is kept for the next incremental run its name.
    ///
    /// # Errors
    /// It cannot be renamed.
    pub(super) fn keep(&mut self) -> Result<(), WriteError> {
        self.spool.publish()
    }
}

/// A stretch in blocks; an empty one is one block, since a table without rows has its columns all the same.
fn blocks(of: std::ops::Range<usize>, rows: usize) -> Vec<std::ops::Range<usize>> {
    if of.is_empty() {
        return vec![of];
    }
    of.clone().step_by(rows).map(|first| first..of.end.min(first + rows)).collect()
}
