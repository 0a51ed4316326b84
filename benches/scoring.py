#!/usr/bin/env python3
"""Scoring against scikit-learn: calibrated probabilities and the three weightiest features of each row.

    python3 benches/scoring.py [--rows 5000000] [--columns 40] [--runs 5] [--cpus 0,1] [--python PYTHON]

PYTHON (this one, unless told otherwise) must have numpy and scikit-learn. Builds the workspace's example `explain_rows`, makes the data
once (in target/bench-scoring), and runs both sides in turn on the same processors, each with the data in memory before its time
begins: ours in columns, scikit-learn's in rows. The probabilities must agree to 1e-12, and the three contributions of every row as well (places may
differ where contributions are equal). Prints a JSON object: medians, their ratio, rows a second.

What is compared is the same work on both sides. A row of `churn score` has an interval, an expected value and sentences on top, which
scikit-learn has nothing for.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
FOLDER = TARGET / "bench-scoring"
MAKE = """
import sys, numpy as np
model, file, rows, columns = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
random = np.random.default_rng(7)
np.concatenate([[-0.1, 0.9, -0.8], random.normal(0, 0.3, columns)]).tofile(model)
with open(file + ".part", "wb") as out:
    for _ in range(columns):
        random.standard_normal(rows).tofile(out)
import os
os.replace(file + ".part", file)
"""
COMPARE = """
import sys, numpy as np
model, file, rows, columns, ours, theirs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5], sys.argv[6]
coefficients = np.fromfile(model)[3:]
read = lambda path: (np.fromfile(path, count=rows), np.fromfile(path, dtype="<u2", offset=8 * rows).reshape(rows, 3))
(p, at), (q, other) = read(ours), read(theirs)
difference = float(np.abs(p - q).max())
data = np.memmap(file, dtype="<f8", shape=(columns, rows))
differing = np.flatnonzero((at != other).any(axis=1))
value = lambda row, places: data[places, row] * coefficients[places]
worst = max((float(np.abs(value(r, at[r]) - value(r, other[r])).max()) for r in differing[:10000]), default=0.0)
assert difference <= 1e-12, f"probabilities differ by {difference}"
assert worst <= 1e-12, f"contributions differ by {worst}"
print(difference)
"""


def run(command, cpus):
    environment = dict(os.environ, RAYON_NUM_THREADS=str(len(cpus)))
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        environment[name] = str(len(cpus))
    pin = lambda: os.sched_setaffinity(0, cpus)
    found = subprocess.run([str(part) for part in command], env=environment, preexec_fn=pin, text=True, capture_output=True)
    if found.returncode != 0:
        sys.exit(f"error: {command[0]} ended with {found.returncode}\n{found.stderr}")
    return found.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--columns", type=int, default=40)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cpus", default="0,1")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--no-build", action="store_true", help="the example is built already")
    given = parser.parse_args()
    cpus = {int(cpu) for cpu in given.cpus.split(",")}
    if not given.no_build:
        subprocess.run(["cargo", "build", "--release", "--locked", "--workspace", "--examples"], cwd=ROOT, check=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    shape = [given.rows, given.columns]
    model, data = FOLDER / f"model-{given.columns}", FOLDER / f"data-{given.rows}x{given.columns}"
    if not (data.exists() and model.exists()):
        run([given.python, "-c", MAKE, model, data, *shape], cpus)
    ours = [TARGET / "release" / "examples" / "explain_rows", model, data, *shape, FOLDER / "ours"]
    theirs = [given.python, ROOT / "benches" / "peers" / "scoring_scikit_learn.py", model, data, *shape, FOLDER / "theirs"]
    seconds = {"churn": [], "scikit-learn": []}
    for _ in range(given.runs):
        for name, command in (("churn", ours), ("scikit-learn", theirs)):
            # Twice in one process: the first touches every page of the output.
            seconds[name].append(json.loads(run([*command, 2], cpus))["seconds"][-1])
    difference = float(run([given.python, "-c", COMPARE, model, data, *shape, FOLDER / "ours", FOLDER / "theirs"], cpus))
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    print(json.dumps({
        "rows": given.rows, "columns": given.columns, "cpus": len(cpus), "runs": given.runs, "seconds": seconds,
        "median": medians, "ratio": medians["scikit-learn"] / medians["churn"],
        "rows_per_second": given.rows / medians["churn"], "largest_difference": difference, "load": os.getloadavg()[0],
    }, indent=2))


if __name__ == "__main__":
    main()
