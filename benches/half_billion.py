#!/usr/bin/env python3
"""The features of 500 million purchases of 50 million customers within 6 GB, on one machine.

    python3 benches/half_billion.py WORK [--memory 3GiB] [--copies 10] [--engine spark://127.0.0.1:15002]

Needs duckdb, `cargo build --release --locked --workspace`, the log of 50 million purchases that `benches/features.py --sizes 50` leaves in its folder (given
with --log), and some 40 GB of disk: the log ten times, each time of other customers (5.4 GB), and the file that rows are spilled to. Prints
wall-clock time and the largest resident memory of the process, as the operating system accounts them. With --engine the
same project is computed by an engine on this machine instead.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import duckdb

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROJECT = """
timezone = "UTC"
currency = "EUR"
[transactions]
path = "transactions-*.parquet"
columns = { customer_id = "customer_id", timestamp = "timestamp", amount = "amount" }
[churn]
horizon = "90d"
active_within = "1000d"
complete_through = "2025-07-01"
"""


def make(folder, log, copies):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "churn.toml").write_text(PROJECT, encoding="utf-8")
    for copy in range(copies):
        path = folder / f"transactions-{copy:02}.parquet"
        if path.exists():
            continue
        part = path.with_suffix(".part")
        duckdb.sql(
            f"COPY (SELECT customer_id || '-{copy}' AS customer_id, * EXCLUDE (customer_id) FROM read_parquet('{log}')) "
            f"TO '{part}' (FORMAT parquet, COMPRESSION zstd)"
        )
        part.rename(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--log", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "churn-benchmarks/purchases-50M/transactions.parquet")
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--memory", default="3GiB")
    parser.add_argument("--engine")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "target/release/churn")
    asked = parser.parse_args()
    make(asked.work, asked.log, asked.copies)
    names = "recency_days,tenure_days,frequency,purchase_rate,monetary_total,monetary_mean,monetary_std,monetary_last,gap_mean_days,gap_std_days,purchases_30d,purchases_90d,spend_30d,spend_90d,weekend_share"
    where = ["--engine", asked.engine] if asked.engine else ["--no-cache", "--memory", asked.memory]
    command = [asked.program, "features", asked.work, "--as-of", "2025-07-01", "--features", names, *where]
    started = time.monotonic()
    process = subprocess.Popen([str(part) for part in command])
    _, status, usage = os.wait4(process.pid, 0)
    print(f"{time.monotonic() - started:.1f} s, {usage.ru_maxrss / 1024 / 1024:.2f} GiB at most, {usage.ru_utime + usage.ru_stime:.0f} s of processor time")
    sys.exit(os.waitstatus_to_exitcode(status))


main()
