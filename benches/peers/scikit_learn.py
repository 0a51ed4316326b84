#!/usr/bin/env python3
"""The same task by scikit-learn, on the same feature tables.

    python3 benches/peers/scikit_learn.py PROJECT [--churn target/release/churn]

Needs numpy, pandas, pyarrow and scikit-learn. PROJECT must have been run (`churn run PROJECT`): its newest model says which
as-of dates were used. For each of them this script asks `churn features` for the table, makes the labels from the
transactions itself (with pandas), fits a logistic regression on the training dates and measures it on the test date.
Prints one JSON object with both sides' figures; if the project has a truth.csv, also how near the scores are to the truth.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile
import tomllib

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.impute import SimpleImputer


def read(path):
    path = pathlib.Path(path)
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype={"customer_id": str})


def feature_table(churn, project, as_of, folder):
    subprocess.run([churn, "features", project, "--as-of", as_of, "--out", folder, "--quiet"], check=True,
                   stdout=subprocess.DEVNULL)
    return pd.read_parquet(pathlib.Path(folder) / "features.parquet")


def buyers(transactions, columns, start, end):
    moment = pd.to_datetime(transactions[columns["timestamp"]])
    inside = (moment >= start) & (moment < end) & (transactions[columns["amount"]] >= 0)
    return set(transactions.loc[inside, columns["customer_id"]].astype(str))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("project", type=pathlib.Path)
    arguments.add_argument("--churn", default="target/release/churn")
    arguments = arguments.parse_args()
    project = arguments.project
    settings = tomllib.loads((project / "churn.toml").read_text())
    columns = settings["transactions"]["columns"]
    name = settings["name"]
    version = (project / "models" / name / "champion").read_text().strip()
    model = json.loads((project / "models" / name / version / "model.json").read_text())
    metrics = json.loads((project / "models" / name / version / "metrics.json").read_text())
    horizon = pd.Timedelta(days=model["churn"]["horizon_days"])
    lead = pd.Timedelta(days=model["churn"]["lead_days"])
    transactions = read(project / settings["transactions"]["path"])

    def labelled(as_of):
        with tempfile.TemporaryDirectory() as folder:
            table = feature_table(arguments.churn, project, as_of, folder)
        start = pd.Timestamp(as_of) + lead
        bought = buyers(transactions, columns, start, start + horizon)
        churned = (~table["customer_id"].astype(str).isin(bought)).to_numpy()
        features = table.drop(columns=[c for c in ("customer_id", "as_of", "state") if c in table]).astype(float)
        return features, churned

    train = [labelled(as_of) for as_of in model["slices"]["training"]]
    x_train, y_train = pd.concat([x for x, _ in train]), np.concatenate([y for _, y in train])
    x_test, y_test = labelled(model["slices"]["test"])
    transforms = {f["feature"]["name"]: f["feature"]["transform"] for f in model["features"]}

    def transformed(x):
        logs = [name for name in x if transforms.get(name, "identity") != "identity"]
        return x.assign(**{name: np.sign(x[name]) * np.log1p(np.abs(x[name])) for name in logs})

    peer = make_pipeline(FunctionTransformer(transformed), SimpleImputer(), StandardScaler(), LogisticRegression(solver="newton-cholesky"))
    peer.fit(x_train, y_train)
    p = peer.predict_proba(x_test)[:, 1]
    ours = metrics["model"]
    result = {
        "test_rows": int(len(y_test)),
        "test_churners": int(y_test.sum()),
        "rows_agree": ours["rows"] == len(y_test) and ours["churners"] == int(y_test.sum()),
        "churn_roc_auc": ours["roc_auc"]["value"],
        "scikit_learn_roc_auc": roc_auc_score(y_test, p),
        "churn_log_loss": ours["log_loss"]["value"],
        "scikit_learn_log_loss": log_loss(y_test, p),
    }
    result["difference_in_roc_auc"] = result["churn_roc_auc"] - result["scikit_learn_roc_auc"]
    truth_file = project / "truth.csv"
    if truth_file.exists():
        result["truth"] = against_truth(truth_file, read(project / "out" / "scores.parquet"))
    print(json.dumps(result, indent=2))


def against_truth(truth_file, scores):
    truth = pd.read_csv(truth_file, dtype={"customer_id": str})
    scores = scores[scores["state"] == "eligible"]
    scores = scores.assign(as_of=scores["as_of"].astype(str).str[:10])
    both = scores.merge(truth, on=["customer_id", "as_of"], suffixes=("", "_true"), validate="one_to_one")
    assert len(both) == len(scores), "every scored customer has a truth"
    p, true = both["churn_probability"].to_numpy(), both["churn_probability_true"].to_numpy()
    logit = np.log(p / (1 - p))
    intercept, slope = 0.0, 1.0
    for _ in range(50):  # Newton for the logistic regression of the true probability on the logit
        fitted = 1 / (1 + np.exp(-(intercept + slope * logit)))
        weight = fitted * (1 - fitted)
        gradient = np.array([(true - fitted).sum(), ((true - fitted) * logit).sum()])
        hessian = np.array([[weight.sum(), (weight * logit).sum()], [(weight * logit).sum(), (weight * logit**2).sum()]])
        step = np.linalg.solve(hessian, gradient)
        intercept, slope = intercept + step[0], slope + step[1]
        if np.abs(step).max() < 1e-12:
            break
    return {
        "eligible": int(len(both)),
        "mean_predicted": float(p.mean()),
        "mean_true": float(true.mean()),
        "calibration_intercept": float(intercept),
        "calibration_slope": float(slope),
    }


if __name__ == "__main__":
    main()
