#!/usr/bin/env python3
"""Time and memory of the main job on a simulated company.

    python3 benches/million.py [CUSTOMERS] [csv|parquet]     (default: 1000000 parquet)

Builds the binary, simulates the company once (kept in target/bench-N-FORMAT), runs `churn run` on it and prints wall
time, processor time and peak memory as the operating system accounts them for the finished process.
"""

import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def measured(command):
    """Runs a command; wall and processor seconds, and peak resident memory in MiB."""
    started = time.monotonic()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        sys.exit(f"error: {command[0]} ended with {code}")
    figures = {
        "wall_seconds": round(time.monotonic() - started, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_memory_mib": round(usage.ru_maxrss / 1024),
    }
    return figures, output


def main():
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    form = sys.argv[2] if len(sys.argv) > 2 else "parquet"
    subprocess.run(["cargo", "build", "--release", "--locked", "--workspace"], cwd=ROOT, check=True)
    churn = TARGET / "release" / "churn"
    folder = TARGET / f"bench-{customers}-{form}"
    if not (folder / "churn.toml").exists():
        shutil.rmtree(folder, ignore_errors=True)
        figures, _ = measured([churn, "simulate", folder, "--customers", customers, "--format", form, "--seed", 1])
        print(json.dumps({"step": "simulate", "customers": customers, "format": form, **figures}))
    shutil.rmtree(folder / "out", ignore_errors=True)
    figures, output = measured([churn, "run", folder, "--json"])
    purchases = json.loads(output)["result"].get("purchases")
    print(json.dumps({"step": "run", "customers": customers, "purchases": purchases, "format": form, **figures,
                      "processors": os.cpu_count(), "machine": platform.machine()}))


if __name__ == "__main__":
    main()
