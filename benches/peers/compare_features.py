#!/usr/bin/env python3
"""Whether two feature tables say the same.

    python3 benches/peers/compare_features.py OURS.parquet THEIRS.parquet AS_OF

Needs numpy and pyarrow. Of both tables the rows of the as-of date are taken. Rows are matched by customer_id; both must have the same customers, and ours every column of
theirs: columns that only ours has are named, not compared. Every value must agree to 1e-9 of its size (of 1, where it is
smaller: sums of cents in floating point leave crumbs where the exact sum is zero), and a missing value must be missing on
both sides. Prints one JSON object; ends with 1 on a difference.
"""

import datetime
import json
import sys

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

TOLERANCE = 1e-9


def order(path, as_of):
    """The customers of a date in order of their ids, and where each stands in the file."""
    table = pq.read_table(path, columns=["customer_id", "as_of"])
    rows = np.flatnonzero(pc.equal(table["as_of"].cast("date32"), as_of).to_numpy(zero_copy_only=False))
    ids = table["customer_id"].take(rows)
    ids = ids.cast("string").to_numpy(zero_copy_only=False).astype("S")
    places = np.argsort(ids, kind="stable")
    return ids[places], rows[places]


def column(path, name, places):
    values = pq.read_table(path, columns=[name])[name]
    if name == "as_of":
        return values.cast("date32").to_numpy(zero_copy_only=False).astype("datetime64[D]").astype(float)[places]
    # Missing is null in the file; a NaN that is not null would be a value, and a wrong one.
    if pc.any(pc.is_nan(values.cast("float64"))).as_py():
        sys.exit(f"error: {path}: {name} has a NaN where a value or a missing one was expected")
    return values.cast("float64").to_numpy(zero_copy_only=False)[places]


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    ours, theirs, date = sys.argv[1:]
    as_of = datetime.date.fromisoformat(date)
    names = [[name for name in pq.read_schema(path).names if name != "customer_id"] for path in (ours, theirs)]
    if absent := sorted(set(names[1]) - set(names[0])):
        sys.exit(f"error: {ours} lacks the columns {absent}")
    not_compared = sorted(set(names[0]) - set(names[1]))
    (our_ids, our_places), (their_ids, their_places) = order(ours, as_of), order(theirs, as_of)
    if len(np.unique(our_ids)) != len(our_ids):
        sys.exit(f"error: {ours}: a customer stands in it more than once")
    if not np.array_equal(our_ids, their_ids):
        sys.exit(f"error: the customers differ: {len(our_ids)} in {ours}, {len(their_ids)} in {theirs}")

    worst, differing = 0.0, {}
    for name in names[1]:
        a, b = column(ours, name, our_places), column(theirs, name, their_places)
        missing = np.isnan(a)
        wrong = missing != np.isnan(b)
        with np.errstate(invalid="ignore"):
            off = np.abs(a - b) / np.maximum(1.0, np.maximum(np.abs(a), np.abs(b)))
        off = np.where(missing | wrong, 0.0, off)
        worst = max(worst, float(off.max(initial=0.0)))
        wrong |= off > TOLERANCE
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            example = {"customer_id": our_ids[at].decode(), "ours": repr(a[at]), "theirs": repr(b[at])}
            differing[name] = {"rows": int(wrong.sum()), "example": example}
    print(json.dumps({"customers": len(our_ids), "columns": len(names[1]), "not_compared": not_compared,
                      "worst": worst, "differing": differing}))
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
