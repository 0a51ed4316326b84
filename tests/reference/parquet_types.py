#!/usr/bin/env python3
"""Small Parquet files as other programs write them, for crates/history/tests/hostile_parquet.rs, by pyarrow.

Each has the columns customer_id, timestamp and amount with the same six rows, in another type, encoding or codec.
usage: parquet_types.py FOLDER
"""

import sys
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)

ids = ["00123", "123", "c", "c", "ș", "00123"]
start = datetime(2026, 3, 5, 14, 22, 10, 123456)
moments = [start + timedelta(days=7 * i, microseconds=i) for i in range(6)]
exact = ["12.500000000", "-0.100000000", "99999999999.123400000", "0.010000000", "7", "3.333300000"]
amounts = [Decimal(text) for text in exact]


def write(name, ids=None, moments_=None, amounts_=None, **options):
    table = pa.table(
        {
            "customer_id": pa.array(globals()["ids"]) if ids is None else ids,
            "timestamp": pa.array(moments, pa.timestamp("us")) if moments_ is None else moments_,
            "amount": pa.array(amounts, pa.decimal128(18, 4)) if amounts_ is None else amounts_,
        }
    )
    pq.write_table(table, folder / f"{name}.parquet", **({"compression": "snappy"} | options))


write("plain", compression="none", use_dictionary=False)
write("decimal_38_9", amounts_=pa.array(amounts, pa.decimal128(38, 9)))
write("decimal_as_int64", store_decimal_as_integer=True)
write("decimal_256", amounts_=pa.array(amounts, pa.decimal256(60, 9)))
write("dictionary", ids=pa.array(globals()["ids"]).dictionary_encode())
for unit in ("ms", "us", "ns"):
    whole = [moment.replace(microsecond=0) for moment in moments]
    write(f"naive_{unit}", moments_=pa.array(whole, pa.timestamp(unit)))
    write(f"utc_{unit}", moments_=pa.array(whole, pa.timestamp(unit, tz="UTC")))
write("date", moments_=pa.array([moment.date() for moment in moments]))
write("int96", use_deprecated_int96_timestamps=True)
write("nested_amount", amounts_=pa.array([{"value": float(a)} for a in amounts]))
write("nested_id", ids=pa.array([[text] for text in ids]))
write("binary_id", ids=pa.array([text.encode() for text in ids], pa.binary()))
write("small_integers", amounts_=pa.array([1, 2, 3, 4, 5, 6], pa.int8()))
write("time_of_day", moments_=pa.array([moment.time() for moment in moments], pa.time64("us")))
write("large_unsigned", ids=pa.array([2**64 - 1, 1, 2, 3, 4, 5], pa.uint64()))
write("halves", amounts_=pa.array([1.0] * 6, pa.float16()))
for codec in ("gzip", "brotli", "lz4", "zstd"):
    write(f"codec_{codec}", compression=codec, data_page_version="2.0")
write("checksums", compression="none", use_dictionary=False, write_page_checksum=True)
write("delta", use_dictionary=False, column_encoding={"customer_id": "DELTA_BYTE_ARRAY", "timestamp": "DELTA_BINARY_PACKED"})
print(f"pyarrow {pa.__version__}")
