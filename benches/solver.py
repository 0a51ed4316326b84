#!/usr/bin/env python3
"""The solver against its peers: time to the same minimum, and peak memory.

    python3 benches/solver.py [--python PYTHON] [--cpus 0,1] [--runs 3] [fit] [fit-small] [linfa] [linfa-small] [grid] [search]

Builds the workspace's benchmark programs, makes the data once (kept in target/bench-solver), and runs both sides in turn, on
the same processors. PYTHON must have numpy and scikit-learn. Without names everything runs:

- `fit`: 1,000,000 x 50, packing included, against scikit-learn's newton-cholesky; both to some 1e-10 of the objective
- `fit-small`: 100,000 x 50, the same
- `linfa`: 1,000,000 x 50 against linfa-logistic on contiguous columns, at its default tolerance
- `linfa-small`: 100,000 x 50, the same
- `grid`: 200 segments x 5 folds x 8 penalties of 5,000 x 30, held-out losses included, against LogisticRegressionCV
- `search`: the same against GridSearchCV, on 10 of the segments

Prints a JSON object for each comparison: medians, their ratio, how far the objectives (or the held-out losses) lie apart, and
peak memory. Only figures of a quiet machine mean anything; `load` is that of the last minute.
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
DATA = TARGET / "bench-solver"
PEERS = ROOT / "benches" / "peers"
ALPHAS = [0.1, 0.3, 1, 3, 10, 30, 100, 300]
SEGMENTS = 200


def run(command, cpus, threads):
    environment = dict(os.environ, RAYON_NUM_THREADS=str(len(cpus)))
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        environment[name] = str(threads)
    pin = lambda: os.sched_setaffinity(0, cpus)
    found = subprocess.run([str(part) for part in command], env=environment, preexec_fn=pin, text=True, capture_output=True)
    if found.returncode != 0:
        sys.exit(f"error: {command[0]} ended with {found.returncode}\n{found.stderr}")
    return json.loads(found.stdout)


def data(python, name, *shape):
    path = DATA / name
    if not path.exists():
        DATA.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        subprocess.run([python, PEERS / "logistic_data.py", part, *map(str, shape)], check=True)
        part.rename(path)
    return path


def median(found):
    seconds = [run["seconds"] for run in found]
    return statistics.median(s[0] if isinstance(s, list) else s for s in seconds)


def interleaved(ours, theirs, cpus, runs, blas_threads):
    a, b = [], []
    for _ in range(runs):
        a.append(run(ours, cpus, 1))
        b.append(run(theirs, cpus, blas_threads))
    return a, b


def report(name, ours, theirs, **more):
    print(json.dumps({
        "what": name,
        "seconds": round(median(ours), 4),
        "their_seconds": round(median(theirs), 4),
        "times_faster": round(median(theirs) / median(ours), 2),
        "all_seconds": [run["seconds"] for run in ours],
        "their_all_seconds": [run["seconds"] for run in theirs],
        "peak_mb": round(max(run["peak_mb"] for run in ours)),
        "their_peak_mb": round(max(run["peak_mb"] for run in theirs)),
        "load": round(os.getloadavg()[0], 1),
        **more,
    }), flush=True)


def fit(arguments, program, name, rows, peer):
    path = data(arguments.python, f"fit-{rows}x50.bin", rows, 50)
    shape = [path, rows, 50, 1.0, 1]
    ours = [program, "fit", *shape, *(["loose"] if peer == "scikit-learn" else [])]
    scikit_learn = [arguments.python, PEERS / "logistic_scikit_learn.py", "fit", *shape]
    theirs = [program.with_name("linfa_bench"), "linfa", *shape] if peer == "linfa" else scikit_learn
    ours, theirs = interleaved(ours, theirs, arguments.cpus, arguments.runs, len(arguments.cpus))
    best = min(run["objective"] for run in ours + theirs)
    gap = lambda found: max((run["objective"] - best) / best for run in found)
    report(name, ours, theirs, gap=gap(ours), their_gap=gap(theirs), loaded_mb=round(ours[0]["loaded_mb"]))


def grid(arguments, program, name, segments, how):
    path = data(arguments.python, f"grid-{SEGMENTS}x5000x30.bin", 5000, 30, SEGMENTS)
    shape = [path, segments, 5000, 30, 5]
    peer = [arguments.python, PEERS / "logistic_scikit_learn.py", "grid", *shape, how, len(arguments.cpus), *ALPHAS]
    ours, theirs = interleaved([program, "grid", *shape, *ALPHAS], peer, arguments.cpus, arguments.runs, 1)
    pairs = zip(ours[0]["log_loss"], theirs[0]["log_loss"])
    apart = max(abs(a - b) for one, other in pairs for a, b in zip(one, other))
    report(name, ours, theirs, held_out_losses_apart=apart, segments=segments,
           milliseconds_per_fit=round(statistics.median(run["milliseconds_per_fit"] for run in ours), 3),
           their_milliseconds_per_fit=round(statistics.median(run["milliseconds_per_fit"] for run in theirs), 3))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--cpus", default=",".join(map(str, sorted(os.sched_getaffinity(0)))))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--program", type=pathlib.Path, help="a built solver_bench; default: build it")
    parser.add_argument("what", nargs="*", default=["fit", "fit-small", "linfa", "linfa-small", "grid", "search"])
    arguments = parser.parse_args()
    arguments.cpus = [int(cpu) for cpu in arguments.cpus.split(",")]
    program = arguments.program or TARGET / "release" / "examples" / "solver_bench"
    if arguments.program is None:
        subprocess.run(["cargo", "build", "--release", "--locked", "--workspace", "--examples"], cwd=ROOT, check=True)
    for what in arguments.what:
        if what == "fit":
            fit(arguments, program, "fit 1,000,000 x 50", 1_000_000, "scikit-learn")
        elif what == "fit-small":
            fit(arguments, program, "fit 100,000 x 50", 100_000, "scikit-learn")
        elif what == "linfa":
            fit(arguments, program, "fit 1,000,000 x 50, linfa", 1_000_000, "linfa")
        elif what == "linfa-small":
            fit(arguments, program, "fit 100,000 x 50, linfa", 100_000, "linfa")
        elif what == "grid":
            grid(arguments, program, "grid", SEGMENTS, "cv")
        elif what == "search":
            grid(arguments, program, "grid, search", 10, "search")
        else:
            parser.error(f"expected fit, fit-small, linfa, linfa-small, grid or search, found {what}")


if __name__ == "__main__":
    main()
