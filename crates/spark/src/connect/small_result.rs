//! Rows of a small result, out of the Arrow batches that the server sends.

use std::io::Cursor;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_ipc::reader::StreamReader;
use arrow_schema::DataType;
use spark_connect_proto::execute_plan_response::ArrowBatch;

use crate::{EngineError, Value};

/// All rows, in the server's order, unless there are more than `most`.
pub(super) fn rows(batches: &[ArrowBatch], most: usize, doing: &'static str) -> Result<Vec<Vec<Value>>, EngineError> {
    let broken =
        |message: String| EngineError::Failed { doing, message: format!("its answer cannot be read: {message}") };
    let mut rows = Vec::new();
    for batch in batches {
        let before = rows.len();
        let reader =
            StreamReader::try_new(Cursor::new(&batch.data), None).map_err(|error| broken(error.to_string()))?;
        for part in reader {
            let part = part.map_err(|error| broken(error.to_string()))?;
            if rows.len().saturating_add(part.num_rows()) > most {
                return Err(EngineError::TooManyRows { most });
            }
            rows.extend(part_rows(&part)?);
        }
        let found = rows.len() - before;
        if usize::try_from(batch.row_count) != Ok(found) {
            return Err(broken(format!("it announced {} rows and has {found}", batch.row_count)));
        }
    }
    Ok(rows)
}

fn part_rows(part: &RecordBatch) -> Result<Vec<Vec<Value>>, EngineError> {
    let mut rows: Vec<Vec<Value>> = (0..part.num_rows()).map(|_| Vec::with_capacity(part.num_columns())).collect();
    for (field, column) in part.schema().fields().iter().zip(part.columns()) {
        let values = values(column.as_ref()).ok_or_else(|| EngineError::ColumnType {
            column: field.name().clone(),
            found: field.data_type().to_string(),
        })?;
        for (row, value) in rows.iter_mut().zip(values) {
            row.push(value);
        }
    }
    Ok(rows)
}

/// The values of a column; nothing for types that have no value here, and for numbers too large.
fn values(column: &dyn Array) -> Option<Vec<Value>> {
    match column.data_type() {
        DataType::Null => Some(vec![Value::Null; column.len()]),
        DataType::Boolean => {
            Some(column.as_boolean().iter().map(|value| value.map_or(Value::Null, Value::Boolean)).collect())
        }
        DataType::Int8 => integers::<Int8Type>(column),
        DataType::Int16 => integers::<Int16Type>(column),
        DataType::Int32 => integers::<Int32Type>(column),
        DataType::Int64 => integers::<Int64Type>(column),
        DataType::UInt8 => integers::<UInt8Type>(column),
        DataType::UInt16 => integers::<UInt16Type>(column),
        DataType::UInt32 => integers::<UInt32Type>(column),
        DataType::UInt64 => integers::<UInt64Type>(column),
        DataType::Float32 => Some(numbers::<Float32Type>(column)),
        DataType::Float64 => Some(numbers::<Float64Type>(column)),
        DataType::Utf8 => Some(texts(column.as_string::<i32>().iter())),
        DataType::LargeUtf8 => Some(texts(column.as_string::<i64>().iter())),
        DataType::Utf8View => Some(texts(column.as_string_view().iter())),
        _ => None,
    }
}

fn integers<T: ArrowPrimitiveType>(column: &dyn Array) -> Option<Vec<Value>>
where
    i64: TryFrom<T::Native>,
{
    let value = |value: Option<T::Native>| {
        value.map_or(Some(Value::Null), |value| i64::try_from(value).ok().map(Value::Integer))
    };
    column.as_primitive::<T>().iter().map(value).collect()
}

fn numbers<T: ArrowPrimitiveType>(column: &dyn Array) -> Vec<Value>
where
    f64: From<T::Native>,
{
    column
        .as_primitive::<T>()
        .iter()
        .map(|value| value.map_or(Value::Null, |value| Value::Number(f64::from(value))))
        .collect()
}

fn texts<'a>(column: impl Iterator<Item = Option<&'a str>>) -> Vec<Value> {
    column.map(|value| value.map_or(Value::Null, |value| Value::Text(value.to_owned()))).collect()
}
