#!/usr/bin/env python3
"""Reading transactions, by `churn` and by DuckDB with the same declared types: time and memory.

    python3 benches/reading.py [--rows 10] [--runs 3] [--formats csv,csv.gz,csv.zst,ndjson,parquet]

Needs numpy, pyarrow and duckdb in the Python that runs it, and
`cargo build --release --locked --workspace --example read` done. Makes a log of so many million rows by a tenth as many
customers in each format if it is not there, and reads it in turn by both, each in a process of its own on the same
processors. `churn` reads the rows, checks each, and lays them out by customer and time (an example in `crates/history`);
DuckDB reads them into a table in memory, with the types text, timestamp, decimal(18, 4) and text. Time is wall-clock,
memory the largest resident set, as the operating system accounts them. Prints a table in Markdown.
"""

import argparse
import multiprocessing
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TYPES = "{'customer_id': 'VARCHAR', 'timestamp': 'TIMESTAMP', 'amount': 'DECIMAL(18, 4)', 'order_id': 'VARCHAR'}"
DUCKDB = """
import sys, duckdb
path, threads = sys.argv[1:]
con = duckdb.connect(config={"threads": int(threads)})
types = "TYPES"
if ".csv" in path:
    source = f"read_csv('{path}', header = true, delim = ',', quote = '\\"', auto_detect = false, columns = {types})"
elif ".ndjson" in path:
    source = f"read_json('{path}', format = 'newline_delimited', auto_detect = false, columns = {types})"
else:
    source = f"(select customer_id, timestamp, amount, order_id from '{path}')"
con.execute(f"create temp table t as select * from {source}")
print(con.execute("select count(*), count(distinct customer_id) from t").fetchone())
""".replace("TYPES", TYPES)


def measured(command, cores):
    """Wall and processor seconds, and the largest resident memory in MiB."""
    with tempfile.TemporaryFile() as messages:
        started = time.monotonic()
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=messages, preexec_fn=lambda: os.sched_setaffinity(0, cores)
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            messages.seek(0)
            sys.exit(f"error: {command[0]} ended with {process.returncode}: {messages.read().decode()[-2000:]}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def make(folder, millions, formats):
    """The log in each format."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv
    import pyarrow.parquet

    paths = {name: folder / f"orders-{millions:g}m.{name}" for name in formats}
    if all(path.exists() for path in paths.values()):
        return
    rows = int(millions * 1_000_000)
    rng = np.random.default_rng(7)
    seconds = np.datetime64("2024-01-01T00:00:00", "s").astype(np.int64) + rng.integers(0, 730 * 86_400, rows)
    cents = rng.integers(100, 30_000, rows)
    texts = [pc.cast(pa.array(part), pa.string()) for part in (cents // 100, cents % 100)]
    amounts = pc.binary_join_element_wise(texts[0], pc.utf8_lpad(texts[1], 2, "0"), ".")
    table = pa.table({
        "customer_id": pc.binary_join_element_wise("C", pc.cast(pa.array(rng.integers(0, rows // 10, rows)), pa.string()), ""),
        "timestamp": pa.array(seconds.astype("datetime64[s]")),
        "amount": pc.cast(amounts, pa.decimal128(18, 2)),
        "order_id": pc.binary_join_element_wise("O", pc.cast(pa.array(np.arange(rows)), pa.string()), ""),
    })
    options = pyarrow.csv.WriteOptions(quoting_style="none")
    for name, path in paths.items():
        if path.exists():
            continue
        if name == "parquet":
            pyarrow.parquet.write_table(table, path, compression="zstd")
        elif name.startswith("csv"):
            codec = {"csv": None, "csv.gz": "gzip", "csv.zst": "zstd"}[name]
            with pa.output_stream(str(path), compression=codec) as out:
                pyarrow.csv.write_csv(table, out, options)
        else:
            with open(path, "w") as out:
                for batch in table.to_batches(1 << 16):
                    columns = [column.to_pylist() for column in batch.columns]
                    for who, when, amount, order in zip(*columns):
                        out.write(
                            f'{{"customer_id":"{who}","timestamp":"{when:%Y-%m-%dT%H:%M:%S}","amount":{amount},"order_id":"{order}"}}\n'
                        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--rows", type=float, default=10, help="millions of rows")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--formats", default="csv,csv.gz,csv.zst,ndjson,parquet")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "churn-reading")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    cores = sorted(os.sched_getaffinity(0))
    # In a process of its own: what this one takes would count as the memory of those it starts.
    names = arguments.formats.split(",")
    maker = multiprocessing.get_context("spawn").Process(target=make, args=(arguments.folder, arguments.rows, names))
    maker.start()
    maker.join()
    if maker.exitcode != 0:
        sys.exit("error: the logs could not be made")
    paths = {name: arguments.folder / f"orders-{arguments.rows:g}m.{name}" for name in names}
    program = ROOT / "target" / "release" / "examples" / "read"
    print(f"{len(cores)} processors of {platform.machine()}, {arguments.rows:g} million rows, median of {arguments.runs} runs")
    print("\n| format | MiB | reader | seconds | processor seconds | MiB of memory |\n|---|---|---|---|---|---|")
    for name, path in paths.items():
        size = path.stat().st_size / (1 << 20)
        commands = {
            "churn": [str(program), str(path)],
            "DuckDB": [sys.executable, "-c", DUCKDB, str(path), str(len(cores))],
        }
        found = {reader: [] for reader in commands}
        for _ in range(arguments.runs):
            for reader, command in commands.items():
                found[reader].append(measured(command, cores))
        for reader, runs in found.items():
            wall, cpu, memory = (statistics.median(run[i] for run in runs) for i in range(3))
            print(f"| `.{name}` | {size:.0f} | {reader} | {wall:.2f} | {cpu:.2f} | {memory:.0f} |")


if __name__ == "__main__":
    main()
