#!/usr/bin/env python3
"""Time, memory and journal of `churn sync` on a night on which one score in a hundred changed.

    python3 benches/sync.py [--customers 1000000] [--format csv|parquet] [--churn target/release/churn]

Makes the scores of three nights and a table of the customers in SQLite, in a temporary folder. The first night writes every record, the second
one in a hundred, the third nothing. Prints a JSON object a night: wall and processor seconds, peak memory as the operating system accounts it for
the finished process, records written, bytes of journal a record. `--format parquet` needs pyarrow.
"""

import argparse
import json
import os
import pathlib
import random
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = "2026-04-02-0123abcd"
BANDS = ["low", "medium", "high", "critical"]
COLUMNS = ["customer_id", "as_of", "model", "state", "churn_probability", "risk_band", "value_at_risk", "reason_1", "reason_2"]
PROJECT = """
name = "acme"
[transactions]
path = "orders.csv"

[[sync]]
name = "crm"
target = "sqlite"
path = "crm.db"
table = "customers"
key_field = "id"

[sync.fields]
churn = { column = "churn_probability", step = 0.01 }
band = "risk_band"
value = "value_at_risk"
reason = "reason_1"
second = "reason_2"
scored = { column = "as_of", compare = "along" }
"""


def rows(customers, night):
    """Scores of a night: one in a hundred is another than on the first, the others move by less than a step."""
    for n in range(customers):
        changed = night if n % 100 == 0 and night < 3 else 2 if n % 100 == 0 else 1
        churn = (n * 7_919 + changed * 4_000) % 9_900 / 10_000
        reason = f"no purchase for {int(churn * 400)} days"
        shown = churn + 0.0001 * (night % 2)
        yield (f"customer-{n:09}", f"2026-07-0{night}", MODEL, "eligible", round(shown, 6), BANDS[int(churn * 4)], round(churn * 300, 2), reason, "opens fewer mails")


def write_scores(path, customers, night, form):
    if form == "csv":
        with open(path, "w") as out:
            out.write(",".join(COLUMNS) + "\n")
            out.writelines(",".join(map(str, row)) + "\n" for row in rows(customers, night))
        return
    import datetime

    import pyarrow
    import pyarrow.parquet

    columns = dict(zip(COLUMNS, zip(*rows(customers, night))))
    columns["as_of"] = [datetime.date.fromisoformat(day) for day in columns["as_of"]]
    pyarrow.parquet.write_table(pyarrow.table(columns), path, row_group_size=65_536, compression="zstd")


def write_apart(folder, customers, night, form):
    """In a process of its own: the peak memory of a child begins with that of the process that starts it."""
    path = folder / f"out/scores.{form}"
    subprocess.run([sys.executable, __file__, "--write", path, "--customers", str(customers), "--night", str(night), "--format", form], check=True)


def measured(command):
    started = time.monotonic()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"error: {output}")
    return json.loads(output)["result"]["targets"][0], {
        "wall_seconds": round(time.monotonic() - started, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_memory_mb": round(usage.ru_maxrss * 1024 / 1e6),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--format", choices=["csv", "parquet"], default="csv")
    parser.add_argument("--churn", type=pathlib.Path, default=ROOT / "target/release/churn")
    parser.add_argument("--write", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--night", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        write_scores(given.write, given.customers, given.night, given.format)
        return
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        (folder / "out").mkdir()
        (folder / f"models/acme/{MODEL}").mkdir(parents=True)
        (folder / f"models/acme/{MODEL}/model.json").write_text("{}")
        (folder / "churn.toml").write_text(PROJECT)
        with sqlite3.connect(folder / "crm.db") as database:
            database.execute("create table customers (id text primary key, churn numeric, band text, value numeric, reason text, second text, scored date)")
            database.executemany("insert into customers (id) values (?)", ((f"customer-{n:09}",) for n in range(given.customers)))
        for night in (1, 2, 3):
            write_apart(folder, given.customers, night, given.format)
            said, figures = measured([given.churn, "sync", folder, "--json", "--quiet"])
            a_record = said["journal_bytes"] / said["written"] if said["written"] else None
            print(json.dumps({
                "night": night, "customers": given.customers, "format": given.format, "written": said["written"],
                "unchanged": said["unchanged"] + said["below_step"], **figures, "journal_bytes_a_record": a_record and round(a_record, 1),
            }), flush=True)


if __name__ == "__main__":
    main()
