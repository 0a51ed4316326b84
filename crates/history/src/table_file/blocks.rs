//! Many blocks of rows at once: computed and encoded in parallel, written in order.

use rayon::prelude::*;

use super::{Column, EncodedBlock, TableEncoder, TableWriter, WriteError};

/// Computes the columns of each block of rows, and appends them to every one of the tables, in the order of `blocks`.
/// `written` is called after each block, in that order, on the thread of the caller.
///
/// As many blocks are computed and encoded at once as there are threads, while those before them are being written; no
/// more than that is in memory. The files do not depend on the number of threads, and of several errors the one of the
/// first block is returned.
///
/// # Errors
/// `columns` fails, or a table cannot be written. The tables cannot be finished then.
pub fn write_blocks<B, E>(
    tables: &mut [TableWriter],
    blocks: &[B],
    columns: impl Fn(&B) -> Result<Vec<Column>, E> + Sync,
    mut written: impl FnMut(&B),
) -> Result<(), E>
where
    B: Sync,
    E: From<WriteError> + Send,
{
    let encoders: Vec<TableEncoder> = tables.iter().map(TableWriter::encoder).collect();
    let encode = |block: &B| -> Result<Vec<EncodedBlock>, E> {
        let columns = columns(block)?;
        let encoded = encoders.iter().map(|encoder| encoder.encode(&columns));
        Ok(encoded.collect::<Result<_, _>>()?)
    };
    let mut waiting = Vec::new();
    let nothing: &[B] = &[];
    // After the last wave comes an empty one, during which the last is written.
    for wave in blocks.chunks(rayon::current_num_threads().max(1)).chain([nothing]) {
        let mut encoded = Vec::new();
        let outcome = rayon::in_place_scope(|scope| {
            scope.spawn(|_| encoded = wave.par_iter().with_max_len(1).map(|block| (block, encode(block))).collect());
            append(tables, waiting, &mut written)
        });
        if let Err(error) = outcome {
            tables.iter_mut().for_each(TableWriter::give_up);
            return Err(error);
        }
        waiting = encoded;
    }
    Ok(())
}

fn append<B, E: From<WriteError>>(
    tables: &mut [TableWriter],
    blocks: Vec<(&B, Result<Vec<EncodedBlock>, E>)>,
    written: &mut impl FnMut(&B),
) -> Result<(), E> {
    for (block, encoded) in blocks {
        for (table, encoded) in tables.iter_mut().zip(encoded?) {
            table.write_encoded(encoded)?;
        }
        written(block);
    }
    Ok(())
}
