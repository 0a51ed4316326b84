#!/usr/bin/env python3
"""Is the model as good as its peers? Simulated companies with known truth, and public data.

    python3 benches/quality.py truth [--customers 200000] [--seeds 1 2 3 4]
    python3 benches/quality.py public                       (after data/public/fetch.py)

Trains each project with the built binary (target/release/churn), lets the peers of benches/peers learn the same, and prints a Markdown
row for each with what was measured on the same customers of the test date. Needs the packages that learners.py and rfm.py name. Wall
time and peak memory are those of `churn train`.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHURN = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "churn"


def train(project):
    started = time.monotonic()
    process = subprocess.Popen([CHURN, "train", project, "--json", "--quiet"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"error: churn train {project} ended with {os.waitstatus_to_exitcode(status)}")
    return f"{time.monotonic() - started:.0f} s, {usage.ru_maxrss / 1024**2:.1f} GiB"


def peers(script, *arguments):
    done = subprocess.run([sys.executable, ROOT / "benches" / "peers" / script, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def row(result, cost, *also):
    if not result["rows_agree"]:
        sys.exit(f"error: {result['project']}: the peers' labels are not ours")
    for name, of in result["of"].items():
        more = [f"{of[key]:.4f}" if key in of else "" for key in also]
        print(f"| {pathlib.Path(result['project']).name} | {name} | {of['roc_auc']:.4f} | {of['log_loss']:.4f} |", *(f"{text} |" for text in more),
              cost if name == "churn" else "", "|", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("which", choices=["truth", "public"])
    arguments.add_argument("--customers", type=int, default=200_000)
    arguments.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4])
    arguments = arguments.parse_args()
    if arguments.which == "public":
        for name in ("cdnow", "completejourney"):
            project = ROOT / "data" / "public" / name
            cost = train(project)
            row(peers("rfm.py", project), cost)
        return
    for seed in arguments.seeds:
        project = ROOT / "target" / f"quality-{arguments.customers}-{seed}"
        if not (project / "churn.toml").exists():
            subprocess.run([CHURN, "simulate", project, "--customers", str(arguments.customers), "--seed", str(seed), "--format", "parquet", "--quiet"],
                           check=True, stdout=subprocess.DEVNULL)
        cost = train(project)
        row(peers("learners.py", project, "--churn", CHURN), cost, "slope_on_truth", "mean", "mean_true")


if __name__ == "__main__":
    main()
