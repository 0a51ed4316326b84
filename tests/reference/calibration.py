"""Reference values for isotonic calibration, Hosmer-Lemeshow and metrics by group, from scikit-learn, scipy and fairlearn.

Writes

  isotonic-rows.csv    probability, churned, weight, and the isotonic regression with and without weights: many ties
  groups-rows.csv      probability, churned, cluster, group
  groups-values.csv    for each group with enough rows: counts, rate, area and O:E (fairlearn's MetricFrame), their
                       standard errors by the papers' formulas
  calibration-values.csv   the Hosmer-Lemeshow statistic over pandas' deciles

into crates/evaluation/tests/fixtures, and prints the literals used in unit tests.

    python tests/reference/calibration.py

Needs numpy, pandas, scipy, scikit-learn and fairlearn; the versions stand in the files.
"""

import fairlearn
import fairlearn.metrics
import numpy as np
import pandas as pd
import scipy
import sklearn
from scipy.special import expit
from scipy.stats import chi2
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import roc_auc_score

from delong import FOLDER, clustered

VERSIONS = (
    f"# tests/reference/calibration.py; numpy {np.__version__}, pandas {pd.__version__}, scipy {scipy.__version__}, "
    f"scikit-learn {sklearn.__version__}, fairlearn {fairlearn.__version__}\n"
)


def isotonic_rows():
    rng = np.random.default_rng(1_955)
    n = 700
    p = np.round(expit(rng.normal(-0.5, 1.5, n)), 2)
    y = (rng.random(n) < expit(0.4 + 0.6 * np.log((p + 0.01) / (1.01 - p)))).astype(int)
    weight = np.round(rng.gamma(2.0, 0.7, n) + 0.05, 3)
    # scikit-learn averages tied predictions first when it predicts them: one value for each distinct prediction.
    plain = IsotonicRegression().fit(p, y).predict(p)
    weighted = IsotonicRegression().fit(p, y, sample_weight=weight).predict(p)
    return pd.DataFrame({"probability": p, "churned": y, "weight": weight, "plain": plain, "weighted": weighted})


def hosmer_lemeshow():
    """1,000 distinct predictions, so that deciles are the same in every grouping."""
    p = (np.arange(1_000) + 0.5) / 1_000
    y = ((np.arange(1_000) * 617 % 1_000 + 0.5) / 1_000 < p**1.3).astype(int)
    frame = pd.DataFrame({"p": p, "y": y})
    groups = frame.groupby(pd.qcut(frame["p"], 10))
    n, observed, expected = groups.size(), groups["y"].sum(), groups["p"].sum()
    statistic = float(((observed - expected) ** 2 / (expected * (1 - expected / n))).sum())
    return {"hl_statistic": statistic, "hl_p_8": float(chi2.sf(statistic, 8)), "hl_p_10": float(chi2.sf(statistic, 10))}


def group_rows():
    """Four groups; the third has 29 churners, one too few."""
    rng = np.random.default_rng(30)
    n, customers = 1_200, 420
    cluster = rng.integers(0, customers, n)
    trait = rng.normal(size=customers)[cluster]
    group = np.array([7, 2, 11, 5])[np.minimum(cluster % 9, 3)]
    p = np.round(expit(-0.4 + trait + 0.5 * rng.normal(size=n)), 3)
    y = (rng.random(n) < expit(-0.2 + 0.8 * trait)).astype(int)
    excess = np.flatnonzero((group == 11) & (y == 1))[29:]
    y[excess] = 0
    return pd.DataFrame({"probability": p, "churned": y, "cluster": cluster, "group": group})


def group_values(frame):
    metrics = {
        "rows": fairlearn.metrics.count,
        "churners": lambda y, p: y.sum(),
        "rate": lambda y, p: y.mean(),
        "auc": roc_auc_score,
        "oe": lambda y, p: y.sum() / p.sum(),
    }
    by = fairlearn.metrics.MetricFrame(
        metrics=metrics, y_true=frame["churned"], y_pred=frame["probability"], sensitive_features=frame["group"]
    ).by_group
    for group, rows in frame.groupby("group"):
        totals = rows.assign(n=1).groupby("cluster")[["n", "churned", "probability"]].sum()
        i, rate, ratio = len(totals), by.loc[group, "rate"], by.loc[group, "oe"]
        by.loc[group, "customers"] = i
        by.loc[group, "rate_se"] = np.sqrt(((totals["churned"] - rate * totals["n"]) ** 2).sum()) / len(rows)
        residual = totals["churned"] - ratio * totals["probability"]
        by.loc[group, "log_oe_se"] = np.sqrt(i / (i - 1) * (residual**2).sum()) / rows["churned"].sum()
        _, v = clustered([rows["probability"].to_numpy()], rows["churned"].to_numpy(), rows["cluster"].to_numpy())
        by.loc[group, "auc_se"] = np.sqrt(v[0, 0])
    return by


def main():
    for name, frame in {"isotonic-rows": isotonic_rows(), "groups-rows": group_rows()}.items():
        frame.to_csv(FOLDER / f"{name}.csv", index=False)
    with open(FOLDER / "groups-values.csv", "w") as out:
        out.write(VERSIONS)
        group_values(pd.read_csv(FOLDER / "groups-rows.csv")).astype(float).to_csv(out)
    with open(FOLDER / "calibration-values.csv", "w") as out:
        out.write(VERSIONS)
        for name, value in hosmer_lemeshow().items():
            out.write(f"{name},{value!r}\n")
    for x, df in [(0.0, 1), (1e-6, 1), (0.5, 1), (3.841, 1), (7.99, 1), (8.01, 1), (30.0, 1), (2.0, 2), (0.3, 3),
                  (11.0, 3), (60.0, 5), (15.507, 8), (5.0, 8), (90.0, 8), (18.307, 10), (700.0, 10), (101.0, 99)]:
        print(f"({x!r}, {df}, {float(chi2.sf(x, df))!r}),")


if __name__ == "__main__":
    main()
