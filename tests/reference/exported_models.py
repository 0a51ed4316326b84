"""Exported models against the program's own scores.

    python exported_models.py FOLDER [ONLY...]

FOLDER has for each model NAME.onnx, NAME.pmml and NAME.csv, whose columns are the raw features in the order of the model,
`logit` (of ONNX alone) and `probability`, empty or NaN where the program gives none; or `rounded_probability`, with six decimals.
Fails where a probability differs by more than 1e-12 (and half of the last decimal), or a logit by more than 1e-12 of its size.

PMML must be valid by its XML schema as well.

Run with onnx 1.23.2, onnxruntime 1.31.1, numpy 2.4.6, jpmml-evaluator 0.16.0 (JPMML-Evaluator 1.7.7, Java 17), xmlschema 4.3.2.
"""

import csv
import json
import math
import pathlib
import sys

import numpy as np

# What a probability may differ by, by the name of its column.
TOLERANCES = {"probability": 1e-12, "rounded_probability": 0.5e-6 + 1e-12}


def probability_of(header):
    """The name of the column of probabilities."""
    return next(name for name in TOLERANCES if name in header)


def rows_of(path):
    with open(path, newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        table = np.array([[float(cell) if cell else math.nan for cell in row] for row in rows])
    return header, table


def difference(found, expected):
    """The largest difference; where one is missing, the other has to be missing as well."""
    assert (np.isnan(found) == np.isnan(expected)).all(), "missing in other rows"
    return float(np.nanmax(np.abs(found - expected) / np.maximum(1.0, np.abs(expected))))


def by_onnx(path, header, table):
    import onnx
    import onnxruntime

    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    assert {node.domain for node in model.graph.node} == {""}, "operators beyond the core set"
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = json.loads(session.get_modelmeta().custom_metadata_map["features"])
    x = table[:, [header.index(name) for name in names]]
    probability, logit = session.run(["churn_probability", "logit"], {"features": x})
    assert probability.dtype == np.float64 and probability.shape == (len(table),)
    differences = [difference(probability, table[:, header.index(probability_of(header))])]
    if "logit" in header:
        differences.append(difference(logit, table[:, header.index("logit")]))
    # One by one is as together, and an infinite value has no probability.
    one = session.run(["churn_probability"], {"features": x[:1]})[0]
    assert one[0] == probability[0] or np.isnan([one[0], probability[0]]).all()
    assert len(session.run(["churn_probability"], {"features": x[:0]})[0]) == 0
    for infinite in (np.inf, -np.inf):
        for at in range(len(names)):
            row = x[5:6].copy()
            row[0, at] = infinite
            assert np.isnan(session.run(["churn_probability", "logit"], {"features": row})).all()
    return max(differences)


def pmml_schema():
    """The XML schema of PMML 4.4, as JPMML carries it."""
    import zipfile

    import jpmml_evaluator
    import xmlschema

    jars = pathlib.Path(jpmml_evaluator.__file__).parent / "dependencies"
    (jar,) = jars.glob("pmml-model-[0-9]*.jar")
    return xmlschema.XMLSchema(zipfile.ZipFile(jar).read("pmml.xsd").decode())


def by_pmml(path, header, table):
    from jpmml_evaluator import make_evaluator

    pmml_schema().validate(path)
    evaluator = make_evaluator(path).verify()
    names = [field.getName() for field in evaluator.getInputFields()]
    assert [field.getName() for field in evaluator.getTargetFields()] == ["churn_probability"]
    expected = table[:, header.index(probability_of(header))]
    places = [header.index(name) for name in names]
    found = []
    for row in table:
        # NaN is declared as missing: half of the missing values come so, half are absent.
        values = {name: float(row[place]) for name, place in zip(names, places)}
        if len(found) % 2 == 0:
            values = {name: None if math.isnan(value) else value for name, value in values.items()}
        result = evaluator.evaluate(values)["churn_probability"]
        found.append(math.nan if result is None else result)
    return difference(np.array(found), expected)


def main(folder, only):
    seen = 0
    for path in sorted(pathlib.Path(folder).glob("*.csv")):
        if not path.with_suffix(".onnx").exists():
            continue
        header, table = rows_of(path)
        for ending, evaluate in (("onnx", by_onnx), ("pmml", by_pmml)):
            if only and ending not in only:
                continue
            largest = evaluate(str(path.with_suffix("." + ending)), header, table)
            print(f"{path.stem}.{ending}: {len(table)} rows, largest difference {largest:.2e}")
            assert largest <= TOLERANCES[probability_of(header)]
            seen += 1
    assert seen, "nothing to compare"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
