"""Holds what an engine wrote against what the program itself wrote: features, and scores.

    python3 parity.py PROJECT

PROJECT has out/features.parquet and out/scores.parquet of the program itself, and out/engine-features.json and out/engine-scores.json of an
engine on this machine. Features must be equal to 1e-9 and missing in the same places; scores, which the program's files have in six digits and
cents, must round to the same. Needs pyarrow.
"""

import glob
import json
import math
import sys

import pyarrow.parquet as parquet


def read(folder, what):
    with open(f"{folder}/out/engine-{what}.json", encoding="utf-8") as file:
        manifest = json.load(file)
    files = sorted(glob.glob(f"{manifest['files']}/**/*.parquet", recursive=True)) or [manifest["files"]]
    rows = parquet.ParquetDataset(files).read().to_pydict()
    assert len(rows["customer_id"]) == manifest["rows"], "the manifest counts other rows"
    return rows


def by_customer(rows):
    # Dates may be dates or texts.
    keys = list(zip(map(str, rows["customer_id"]), (str(date)[:10] for date in rows["as_of"])))
    assert len(set(keys)) == len(keys), "a customer twice"
    return {key: at for at, key in enumerate(keys)}


def compare(ours, theirs, names, close):
    places, others = by_customer(ours), by_customer(theirs)
    assert places.keys() == others.keys(), f"{len(places)} customers here, {len(others)} there"
    worst, at = 0.0, None
    for name in names:
        for key, place in places.items():
            a, b = ours[name][place], theirs[name][others[key]]
            a = None if a is None or math.isnan(a) else float(a)
            b = None if b is None else float(b)
            assert (a is None) == (b is None), f"{name} of {key}: {a} here, {b} there"
            if a is not None:
                off = abs(a - b) / max(abs(a), 1.0)
                worst, at = max((worst, at), (off, name), key=lambda pair: pair[0])
                assert close(a, b), f"{name} of {key}: {a} here, {b} there"
    return len(places), worst, at


def main():
    folder = sys.argv[1]
    ours, theirs = parquet.read_table(f"{folder}/out/features.parquet").to_pydict(), read(folder, "features")
    assert ours.keys() == theirs.keys(), f"columns: {ours.keys() ^ theirs.keys()}"
    names = [name for name in ours if name not in ("customer_id", "as_of")]
    rows, worst, at = compare(ours, theirs, names, lambda a, b: abs(a - b) <= 1e-9 * max(abs(a), 1.0))
    print(f"{rows} rows of {len(names)} features are equal; the farthest apart is {at}, by {worst:.1e}")

    table = parquet.read_table(f"{folder}/out/scores.parquet")
    ours = table.filter([state == "eligible" for state in table["state"].to_pylist()]).to_pydict()
    theirs = read(folder, "scores")
    for name, step in (("churn_probability", 1e-6), ("expected_value", 0.01), ("value_at_risk", 0.01)):
        rows, worst, _ = compare(ours, theirs, [name], lambda a, b, step=step: abs(a - b) <= step / 2 + 1e-9 * max(abs(a), 1.0))
        print(f"{rows} rows: {name} is equal to the digits of the file, off by {worst:.1e} at most")
    places = by_customer(ours)
    for key, at in by_customer(theirs).items():
        assert ours["risk_band"][places[key]] == theirs["risk_band"][at], f"the band of {key}"


main()
