"""The raw features of a model and the program's own probabilities, side by side.

    python scored_rows.py PROJECT NAME...

Joins PROJECT/out/features.parquet and PROJECT/out/scores.parquet by customer and writes PROJECT/sample.csv: the features of these
names, in this order, and `rounded_probability`, which the scores have with six decimals, of every customer who has one. Run with pyarrow 26.0.1.
"""

import csv
import pathlib
import sys

import pyarrow.parquet as parquet


def main(project, names):
    out = pathlib.Path(project) / "out"
    scores = parquet.read_table(out / "scores.parquet", columns=["customer_id", "churn_probability"]).to_pylist()
    probabilities = {row["customer_id"]: row["churn_probability"] for row in scores}
    rows = 0
    with open(pathlib.Path(project) / "sample.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, "rounded_probability"])
        for row in parquet.read_table(out / "features.parquet").to_pylist():
            probability = probabilities.get(row["customer_id"])
            if probability is not None:
                cells = [row[name] for name in names] + [probability]
                writer.writerow(["" if cell is None else repr(float(cell)) for cell in cells])
                rows += 1
    assert rows > 100, f"{rows} rows"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
