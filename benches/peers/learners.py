#!/usr/bin/env python3
"""Two general learners on the features that churn makes: LightGBM's defaults and scikit-learn's logistic regression.

    python3 benches/peers/learners.py PROJECT [--churn target/release/churn]

Needs numpy, pandas, pyarrow, scikit-learn and lightgbm. PROJECT must have a trained model (`churn train PROJECT`): its newest
model says which as-of dates and features were used. `churn features` writes the table of these features at the training
dates and the test date; the labels are made here, with pandas, from the transactions. The peers are fitted on every
eligible customer of every training date, also where churn's own fit takes a random part of the customers. All are measured
on the same customers of the test date.

- LightGBM: `LGBMClassifier` as it is, with one seed; it sees missing values as missing.
- Logistic regression: C = 1, mean for missing, standardised, after the logarithms that churn's own model takes.

Neither has the forecast of a buy-till-you-die model, which is our model's, not the table's. If the project has a truth.csv for the
test date, every probability is also held against the true one. Prints one JSON object.
"""

import argparse
import hashlib
import json
import pathlib
import subprocess
import tempfile
import time
import tomllib
import warnings

import lightgbm
import numpy as np
import pandas as pd
import sklearn
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

# Forecasts are features of our model, but not of the purchases alone.
FORECAST = "buy_till_you_die"


class Project:
    """A project with a trained model, and what that model says of itself."""

    def __init__(self, folder, churn):
        self.folder, self.churn = pathlib.Path(folder), churn
        self.settings = tomllib.loads((self.folder / "churn.toml").read_text())
        models = self.folder / "models" / self.settings["name"]
        version = (models / "champion").read_text().strip()
        self.model = json.loads((models / version / "model.json").read_text())
        self.metrics = json.loads((models / version / "metrics.json").read_text())
        self.training, self.test = self.model["slices"]["training"], self.model["slices"]["test"]
        self.horizon = pd.Timedelta(days=self.model["churn"]["horizon_days"])
        self.lead = pd.Timedelta(days=self.model["churn"]["lead_days"])
        columns = self.settings["transactions"]["columns"]
        wanted = {columns["order_id"]: "order"} if "order_id" in columns else {}
        wanted |= {columns["customer_id"]: "customer", columns["timestamp"]: "moment", columns["amount"]: "amount"}
        path = self.folder / self.settings["transactions"]["path"]
        table = pd.read_parquet(path, columns=list(wanted)) if path.suffix == ".parquet" else pd.read_csv(path, dtype={columns["customer_id"]: str})
        table = table[list(wanted)].rename(columns=wanted)
        self.purchases = table[table["amount"] >= 0].assign(
            customer=table["customer"].astype(str), moment=pd.to_datetime(table["moment"]))

    def features(self, names, dates):
        """The table of these features of the eligible customers at these dates, and whether each churned."""
        with tempfile.TemporaryDirectory() as folder:
            command = [self.churn, "features", self.folder, "--out", folder, "--quiet", "--features", ",".join(names)]
            for date in dates:
                command += ["--as-of", date]
            subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
            table = pd.read_parquet(pathlib.Path(folder) / "features.parquet")
        table["customer_id"], table["as_of"] = table["customer_id"].astype(str), table["as_of"].astype(str).str[:10]
        churned = np.ones(len(table), dtype=bool)
        for date in dates:
            on = (table["as_of"] == date).to_numpy()
            churned[on] = ~table.loc[on, "customer_id"].isin(self.buyers(date)).to_numpy()
        return table, churned

    def buyers(self, as_of):
        start = pd.Timestamp(as_of) + self.lead
        inside = (self.purchases["moment"] >= start) & (self.purchases["moment"] < start + self.horizon)
        return set(self.purchases.loc[inside, "customer"])

    def scores(self):
        """Our churn probabilities at the test date, by customer."""
        with tempfile.TemporaryDirectory() as folder:
            command = [self.churn, "score", self.folder, "--as-of", self.test, "--out", folder, "--quiet"]
            subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
            scores = pd.read_parquet(pathlib.Path(folder) / "scores.parquet", columns=["customer_id", "state", "churn_probability"])
        scores = scores[scores["state"] == "eligible"]
        return pd.Series(scores["churn_probability"].to_numpy(), index=scores["customer_id"].astype(str))

    def truth(self):
        """True churn probabilities at the test date, by customer; none where the project has none."""
        path = self.folder / "truth.csv"
        if not path.exists():
            return None
        truth = pd.read_csv(path, dtype={"customer_id": str}, usecols=["customer_id", "as_of", "churn_probability"])
        truth = truth[truth["as_of"] == self.test]
        return pd.Series(truth["churn_probability"].to_numpy(), index=truth["customer_id"]) if len(truth) else None


def light_gbm(x, churned, x_test):
    model = lightgbm.LGBMClassifier(random_state=1, verbose=-1).fit(x, churned)
    return model.predict_proba(x_test)[:, 1]


def logistic_regression(x, churned, x_test):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a constant column is imputed by nothing
        pipeline = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), LogisticRegression(C=1.0, solver="newton-cholesky"))
        return pipeline.fit(x, churned).predict_proba(x_test)[:, 1]


PEERS = {"lightgbm": light_gbm, "logistic_regression": logistic_regression}


def against_outcomes(p, churned):
    return {"roc_auc": float(roc_auc_score(churned, p)), "log_loss": float(log_loss(churned, p))}


def against_truth(p, true):
    """Mean, and slope and intercept of the logistic regression of the true probability on the logit of p."""
    p = np.clip(p, 1e-6, 1 - 1e-6)  # a peer may say 1
    logit = np.log(p / (1 - p))
    intercept, slope = 0.0, 1.0
    for _ in range(50):
        fitted = 1 / (1 + np.exp(-(intercept + slope * logit)))
        weight = fitted * (1 - fitted)
        gradient = np.array([(true - fitted).sum(), ((true - fitted) * logit).sum()])
        hessian = np.array([[weight.sum(), (weight * logit).sum()], [(weight * logit).sum(), (weight * logit**2).sum()]])
        step = np.linalg.solve(hessian, gradient)
        intercept, slope = intercept + step[0], slope + step[1]
        if np.abs(step).max() < 1e-12:
            break
    return {"mean": float(p.mean()), "mean_true": float(true.mean()), "slope_on_truth": float(slope), "intercept_on_truth": float(intercept)}


def compare(project):
    names = [feature["feature"]["name"] for feature in project.model["features"] if feature["feature"]["family"] != FORECAST]
    logs = [f["feature"]["name"] for f in project.model["features"] if f["feature"]["transform"] != "identity" and f["feature"]["name"] in names]
    kept = peers_file(project, names)
    if kept.exists():
        with np.load(kept, allow_pickle=False) as known:
            return judge(project, names, known["customers"], known["churned"], {name: known[name] for name in PEERS},
                         int(known["training_rows"]), json.loads(str(known["seconds"])))
    table, churned = project.features(names, [*project.training, project.test])
    is_test = (table["as_of"] == project.test).to_numpy()
    customers = table.loc[is_test, "customer_id"].to_numpy()
    x = table[names].astype(np.float32)
    del table
    x_train, y_train, x_test, y_test = x[~is_test], churned[~is_test], x[is_test], churned[is_test]
    del x
    probabilities, seconds = {}, {}
    for name, peer in PEERS.items():
        if name == "logistic_regression":
            for column in logs:
                for part in (x_train, x_test):
                    part[column] = np.sign(part[column]) * np.log1p(np.abs(part[column]))
        started = time.process_time()
        probabilities[name] = peer(x_train, y_train, x_test)
        seconds[name] = round(time.process_time() - started, 1)
    kept.parent.mkdir(exist_ok=True)
    np.savez(kept, customers=customers.astype(str), churned=y_test, training_rows=len(y_train), seconds=json.dumps(seconds), **probabilities)
    return judge(project, names, customers, y_test, probabilities, len(y_train), seconds)


def peers_file(project, names):
    """Where the peers' probabilities are kept: the same features, dates and versions give the same."""
    versions = [np.__version__, sklearn.__version__, lightgbm.__version__]
    key = json.dumps([names, project.training, project.test, project.model["fingerprints"]["data"], versions])
    return project.folder / "out" / f"peers-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npz"


def judge(project, names, customers, y_test, peers, peers_training_rows, seconds):
    probabilities = {"churn": project.scores().loc[customers].to_numpy(), **peers}
    ours = project.metrics["model"]
    result = {
        "project": str(project.folder), "test": project.test, "rows": int(len(y_test)), "churners": int(y_test.sum()),
        "rows_agree": ours["rows"] == len(y_test) and ours["churners"] == int(y_test.sum()),
        "peers_training_rows": peers_training_rows, "training_rows": project.model["training_rows"], "features": len(names),
        "training_dates": len(project.training), "terms": len(project.model.get("terms", [])), "peers_processor_seconds": seconds,
        "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__, "lightgbm": lightgbm.__version__},
        "of": {name: against_outcomes(p, y_test) for name, p in probabilities.items()},
    }
    truth = project.truth()
    if truth is not None:
        true = truth.loc[customers].to_numpy()
        for name, p in probabilities.items():
            result["of"][name] |= against_truth(p, true)
        result["of"]["truth"] = against_outcomes(np.clip(true, 1e-12, 1 - 1e-12), y_test)
    return result


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("project", type=pathlib.Path)
    arguments.add_argument("--churn", default="target/release/churn")
    arguments = arguments.parse_args()
    print(json.dumps(compare(Project(arguments.project, arguments.churn))))


if __name__ == "__main__":
    main()
