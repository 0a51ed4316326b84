#!/usr/bin/env python3
"""What an analyst would do in an afternoon, on a public data set: recency, frequency and money of one snapshot.

    python3 benches/peers/rfm.py PROJECT        (after `churn train PROJECT`)

Needs numpy, pandas, pyarrow, scipy, scikit-learn and lightgbm. Reads nothing of churn but the dates, the rule of eligibility and the
test's figures. 21 features of the purchases (log1p), made here with pandas; trained on the one snapshot a horizon before
the test date: scikit-learn's logistic regression (C = 1, standardised) and LightGBM's defaults. BG/NBD (Fader, Hardie and Lee
2005) is fitted by maximum likelihood, with scipy, on all customers at the test date, and says P(no purchase in the horizon).
All on the same eligible customers of the test date. Prints one JSON object.
"""

import argparse
import json
import pathlib

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import betaln, gammaln

from learners import Project, against_outcomes, light_gbm, logistic_regression

DAY = pd.Timedelta(days=1)


def snapshot(purchases, as_of, active_within):
    """The 21 features of the eligible customers, and x, t_x, T of everybody in days."""
    as_of = pd.Timestamp(as_of)
    seen = purchases[purchases["moment"] < as_of].sort_values(["customer", "moment"])
    seen = seen.assign(ago=(as_of - seen["moment"]) / DAY)
    by = seen.groupby("customer")
    f = pd.DataFrame({"recency": by["ago"].min(), "tenure": by["ago"].max(), "frequency": by.size(), "total": by["amount"].sum(),
                      "mean": by["amount"].mean(), "max": by["amount"].max(), "min": by["amount"].min(), "std": by["amount"].std(),
                      "first": by["amount"].first(), "last": by["amount"].last()})
    gaps = seen.assign(gap=-by["ago"].diff()).groupby("customer")["gap"]
    f["gap_mean"], f["gap_std"], f["gap_max"] = gaps.mean(), gaps.std(), gaps.max()
    for days in (30, 60, 90, 180):
        inside = seen[seen["ago"] <= days].groupby("customer")["amount"]
        f[f"purchases_{days}"], f[f"spend_{days}"] = inside.size(), inside.sum()
    days = seen.assign(day=seen["moment"].dt.floor("D")).groupby("customer")["day"]
    first, last = days.min(), days.max()
    cycle = pd.DataFrame({"x": days.nunique() - 1, "t_x": (last - first) / DAY, "T": (as_of.floor("D") - first) / DAY})
    eligible = f["recency"] <= active_within
    f = np.log1p(f.fillna(0.0).clip(lower=0))
    assert f.shape[1] == 21
    return f[eligible], cycle


def bg_nbd(cycle, horizon):
    """P(no purchase in the horizon) of each customer."""
    x, t_x, t = (cycle[name].to_numpy() for name in ("x", "t_x", "T"))

    def loss(logs):
        r, alpha, a, b = np.exp(logs)
        one = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        lives = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + t)
        left = betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b) - (r + x) * np.log(alpha + t_x)
        return -(one + np.where(x > 0, np.logaddexp(lives, left), lives)).mean()

    found = minimize(loss, np.log([0.5, 50.0, 0.8, 2.5]), method="Nelder-Mead", options={"maxiter": 8000, "xatol": 1e-6, "fatol": 1e-10})
    r, alpha, a, b = np.exp(found.x)
    odds_left = np.where(x > 0, a / (b + np.maximum(x, 1) - 1) * ((alpha + t) / (alpha + t_x)) ** (r + x), 0.0)
    buys = 1.0 - ((alpha + t) / (alpha + t + horizon)) ** (r + x)
    return pd.Series(1.0 - buys / (1.0 + odds_left), index=cycle.index)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("project", type=pathlib.Path)
    project = Project(arguments.parse_args().project, None)
    columns = project.settings["transactions"]["columns"]
    if "order_id" in columns:  # rows are lines of an order
        project.purchases = project.purchases.groupby(["order", "customer"], as_index=False).agg(moment=("moment", "min"), amount=("amount", "sum"))
    active_within, horizon = project.model["active_within_days"], project.horizon / DAY
    train, _ = snapshot(project.purchases, pd.Timestamp(project.test) - project.horizon, active_within)
    test, cycle = snapshot(project.purchases, project.test, active_within)
    churned = ~test.index.isin(project.buyers(project.test))
    churned_before = ~train.index.isin(project.buyers(pd.Timestamp(project.test) - project.horizon))
    ours, theirs = project.metrics["model"], project.metrics["baselines"]["bg_nbd"]
    pair = lambda m: {"roc_auc": m["roc_auc"]["value"], "log_loss": m["log_loss"]["value"]}
    print(json.dumps({
        "project": str(project.folder), "test": project.test, "rows": len(test), "churners": int(churned.sum()),
        "rows_agree": ours["rows"] == len(test) and ours["churners"] == int(churned.sum()),
        "of": {
            "churn": pair(ours),
            "logistic_regression": against_outcomes(logistic_regression(train, churned_before, test), churned),
            "lightgbm": against_outcomes(light_gbm(train, churned_before, test), churned),
            "bg_nbd_scipy": against_outcomes(bg_nbd(cycle, horizon).loc[test.index].to_numpy(), churned),
            "bg_nbd_of_churn": pair(theirs),
        }}))


if __name__ == "__main__":
    main()
