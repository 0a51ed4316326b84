#!/usr/bin/env python3
"""The features of the catalogue, by `churn`, DuckDB and polars: time, memory, and whether all three say the same.

    python3 benches/features.py [--sizes 10,20,50] [--dates 1|12] [--runs 5] [--skip duckdb|polars] ...

Needs numpy, pyarrow, duckdb and polars in the Python that runs it, and `cargo build --release --locked --workspace` done.
For each size (millions of purchases, by a tenth as many customers) it makes a purchase log if it is not there, runs the
tools in turn as many times as asked, on the same processors, Parquet in and Parquet (zstd) out, and compares the tables of
the first round to 1e-9. Time is wall-clock, memory is the largest resident set, both as the operating system accounts them
for the finished process: start-up of Python included, as it is in a nightly job. Prints a table in Markdown.

The features are the thirty of FEATURES, `churn` writing them for all dates into one table, in one pass. With `--memory`
`panel` is timed as well, an example in `crates/feature-engineering` which keeps the table in memory as training does: the
same kernel on the same rows.
"""

import argparse
import datetime
import importlib.metadata
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = ROOT / "benches" / "peers"
CUSTOMERS_SHARE = 10
FEATURES = """
    recency_days tenure_days frequency purchase_rate monetary_total monetary_mean monetary_std monetary_last last_over_mean
    gap_mean_days gap_mean_missing gap_std_days gap_std_missing recency_over_gap expected_since_last silence_evidence
    purchases_30d purchases_30d_before purchases_90d purchases_90d_before spend_30d spend_30d_before spend_90d
    spend_90d_before purchases_trend_90d spend_trend_90d returns_count returns_share discount_share weekend_share
""".split()
DATES = [f"2024-{month:02}-01" for month in range(8, 13)] + [f"2025-{month:02}-01" for month in range(1, 8)]


def measured(commands, cores):
    """Runs commands one after another. Wall and processor seconds in all, and the largest resident memory in MiB."""
    wall = cpu = peak = 0.0
    for command in commands:
        environment = {**os.environ, "POLARS_MAX_THREADS": str(len(cores))}
        with tempfile.TemporaryFile() as messages:
            started = time.monotonic()
            process = subprocess.Popen(
                [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=messages, env=environment,
                preexec_fn=lambda: os.sched_setaffinity(0, cores),
            )
            _, status, usage = os.wait4(process.pid, 0)
            wall += time.monotonic() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                messages.seek(0)
                sys.exit(f"error: {command[0]} ended with {process.returncode}: {messages.read().decode()[-2000:]}")
        cpu += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss / 1024)
    return wall, cpu, peak


class Bench:
    """Where things are, and how each tool is run."""

    def __init__(self, arguments, size):
        self.folder = arguments.folder
        self.churn, self.cores, self.size = arguments.churn, arguments.cores, size
        self.dates = DATES[-arguments.dates:]
        self.project = self.folder / f"purchases-{size}M"
        self.log = self.project / "transactions.parquet"

    def make_log(self):
        if not self.log.exists():
            purchases = round(self.size * 1e6)
            customers = max(1, purchases // CUSTOMERS_SHARE)
            command = [sys.executable, PEERS / "purchase_log.py", self.project, "--purchases", purchases,
                       "--customers", customers]
            subprocess.run([str(part) for part in command], check=True)
        with self.log.open("rb") as log:  # everybody finds the log in the page cache
            while log.read(1 << 24):
                pass

    def out(self, tool):
        return self.folder / "out" / tool

    def table(self, tool, date):
        out = self.out(tool)
        return out / "features.parquet" if tool == "churn" else out / f"features-{date}.parquet"

    def commands(self, tool):
        threads = ["--threads", len(self.cores)]
        if tool == "churn":
            dates = [word for date in self.dates for word in ("--as-of", date)]
            features = ["--features", ",".join(FEATURES)]
            # Without the cache: every run reads the log, as the peers do.
            return [[self.churn, "features", self.project, *dates, *features, "--out", self.out(tool), "--no-cache",
                     "--quiet", *threads]]
        if tool == "panel":
            return [[self.churn.parent / "examples" / "panel", self.log, ",".join(FEATURES), *self.dates]]
        script = [sys.executable, PEERS / f"features_{tool}.py", self.log, self.out(tool), "--as-of", *self.dates]
        return [script + threads if tool == "duckdb" else script]

    def run(self, tool):
        shutil.rmtree(self.out(tool), ignore_errors=True)
        self.out(tool).mkdir(parents=True, exist_ok=True)
        return measured(self.commands(tool), self.cores)

    def compare(self, tool):
        if tool == "panel":
            return
        for date in self.dates:
            command = [sys.executable, PEERS / "compare_features.py", self.table("churn", date), self.table(tool, date), date]
            found = subprocess.run([str(part) for part in command], capture_output=True, text=True)
            print(f"{self.size}M, {date}, churn and {tool}: {(found.stdout or found.stderr).strip()}", file=sys.stderr)
            if found.returncode != 0:
                sys.exit(f"error: {tool} and churn do not say the same as of {date}")


def line(bench, tool, runs, ours):
    wall, cpu, peak = ([run[at] for run in runs] for at in range(3))
    seconds, memory = statistics.median(wall), max(peak)
    cells = [f"{bench.size} million", f"{len(bench.dates)}", tool, f"{seconds:.2f} s",
             f"{min(wall):.2f} to {max(wall):.2f}", f"{statistics.median(cpu):.1f} s",
             f"{seconds / bench.size / len(bench.dates):.3f} s", f"{memory:,.0f} MiB"]
    if tool != "churn":
        cells += [f"{seconds / statistics.median(run[0] for run in ours):.2f}x", f"{memory / max(r[2] for r in ours):.2f}x"]
    else:
        cells += ["", ""]
    return "| " + " | ".join(cells) + " |"


def arguments_of(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10", help="millions of purchases, with commas")
    parser.add_argument("--dates", type=int, choices=[1, 12], default=1, help="as-of dates")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--skip", action="append", choices=["duckdb", "polars"], default=[])
    parser.add_argument("--memory", action="store_true", help="also time a table that stays in memory")
    parser.add_argument("--cores", default="0,1", help="processors that all tools are bound to, with commas")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "churn-benchmarks")
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    parser.add_argument("--churn", type=pathlib.Path, default=target / "release" / "churn")
    arguments = parser.parse_args(argv)
    arguments.sizes = [float(size) if "." in size else int(size) for size in arguments.sizes.split(",")]
    arguments.cores = sorted({int(core) for core in arguments.cores.split(",")})
    if arguments.runs < 1 or not arguments.churn.exists():
        parser.error(f"expected at least one run, and a built binary at {arguments.churn}")
    return arguments


def main():
    arguments = arguments_of(sys.argv[1:])
    tools = [tool for tool in ("churn", "duckdb", "polars") if tool not in arguments.skip]
    peers = ", ".join(f"{tool} {importlib.metadata.version(tool)}" for tool in tools[1:])
    tools += ["panel"] if arguments.memory else []
    lines = []
    for size in arguments.sizes:
        bench = Bench(arguments, size)
        bench.make_log()
        runs = {tool: [] for tool in tools}
        for round_number in range(arguments.runs):
            for tool in tools:
                runs[tool].append(bench.run(tool))
                print(f"{size}M, {tool}: {runs[tool][-1][0]:.2f} s, {runs[tool][-1][2]:.0f} MiB", file=sys.stderr)
            if round_number == 0:
                for tool in tools[1:]:
                    bench.compare(tool)
        lines += [line(bench, tool, runs[tool], runs["churn"]) for tool in tools]
        shutil.rmtree(arguments.folder / "out")
    version = subprocess.run([str(arguments.churn), "--version"], capture_output=True, text=True).stdout.strip()
    print(f"{datetime.date.today()}, {len(arguments.cores)} processors, {platform.machine()}, {platform.system()}, "
          f"{version}, {peers}, Python {platform.python_version()}; {arguments.runs} runs in turn\n")
    print("| purchases | dates | tool | median | range | processor time | per million purchases and date | peak memory "
          "| churn is faster | churn needs less memory |")
    print("|" + "---|" * 10)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
