"""Reference values for crates/evaluation, from scikit-learn, scipy and numpy.

Writes crates/evaluation/tests/fixtures/metrics-rows.csv (probability, churned, cluster) and metrics-values.csv
(name, value), and prints the literals used in unit tests.

    python tests/reference/metrics.py

Needs numpy, pandas, scipy and scikit-learn; the versions that wrote the fixture stand in metrics-values.csv.
"""

import pathlib

import numpy as np
import pandas as pd
import scipy
import sklearn
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score, roc_curve

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "crates/evaluation/tests/fixtures"
EPS = np.finfo(float).eps


def rows():
    """503 rows of 180 customers with many ties, exact 0s and 1s, and predictions that are too extreme."""
    rng = np.random.default_rng(20_240_229)
    n = 503
    x = rng.normal(-0.8, 1.1, n)
    churned = rng.random(n) < expit(0.3 + 0.7 * x)
    p = np.where(rng.random(n) < 0.6, np.round(expit(x), 2), np.round(expit(x), 6))
    p[:4], churned[:4] = [0.0, 0.0, 1.0, 1.0], [False, True, True, False]
    return pd.DataFrame({"probability": p, "churned": churned.astype(int), "cluster": rng.integers(0, 180, n) * 7})


def ties_in_expectation(frame):
    """Rows by rising probability, each outcome replaced by the mean of its tie block: tied rows are then equal."""
    frame = frame.sort_values("probability")
    return frame["probability"].to_numpy(), frame.groupby("probability")["churned"].transform("mean").to_numpy()


def ece(frame, bins):
    p, y = ties_in_expectation(frame)
    ends = [k * len(p) // bins for k in range(bins + 1)]
    return sum(abs(y[a:b].sum() - p[a:b].sum()) for a, b in zip(ends, ends[1:])) / len(p)


def lift(frame, share):
    _, y = ties_in_expectation(frame)
    y, k = y[::-1], share * len(y)
    whole = int(np.floor(k))
    top = y[:whole].sum() + (k - whole) * (y[whole] if whole < len(y) else 0.0)
    return top / k / frame["churned"].mean()


def gains(frame, share):
    """Share of the churners in the top `share` of the rows: the ROC curve of scikit-learn over rows instead of stayers."""
    fpr, tpr, _ = roc_curve(frame["churned"], frame["probability"], drop_intermediate=False)
    rate = frame["churned"].mean()
    return np.interp(share, rate * tpr + (1 - rate) * fpr, tpr)


def calibration(frame):
    x = logit_clipped(frame)[:, None]
    fit = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-14, max_iter=1000)
    fit.fit(x, frame["churned"])
    return fit.intercept_[0], fit.coef_[0, 0]


def logit_clipped(frame):
    return logit(np.clip(frame["probability"].to_numpy(), EPS, 1 - EPS))


def in_the_large(frame):
    x, churners = logit_clipped(frame), frame["churned"].sum()
    return brentq(lambda a: expit(a + x).sum() - churners, -50, 50, xtol=1e-14, rtol=1e-14)


def values(frame):
    p, y = frame["probability"], frame["churned"]
    rate, brier = y.mean(), brier_score_loss(y, p)
    intercept, slope = calibration(frame)
    return {
        "roc_auc": roc_auc_score(y, p),
        "average_precision": average_precision_score(y, p),
        "log_loss": log_loss(y, p, labels=[0, 1]),
        "brier": brier,
        "brier_skill": 1 - brier / (rate * (1 - rate)),
        "ece": ece(frame, 10),
        "calibration_intercept": intercept,
        "calibration_slope": slope,
        "calibration_in_the_large": in_the_large(frame),
        "lift_at_10": lift(frame, 0.1),
        "lift_at_33": lift(frame, 0.33),
        "gains_at_5": gains(frame, 0.05),
        "gains_at_35": gains(frame, 0.35),
        "mean_predicted": p.mean(),
        "observed_rate": rate,
        "observed_to_expected": y.sum() / p.sum(),
    }


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    frame = rows()
    frame.to_csv(FOLDER / "metrics-rows.csv", index=False)
    with open(FOLDER / "metrics-values.csv", "w") as out:
        out.write(f"# tests/reference/metrics.py; numpy {np.__version__}, pandas {pd.__version__}, ")
        out.write(f"scipy {scipy.__version__}, scikit-learn {sklearn.__version__}\n")
        for name, value in values(frame).items():
            out.write(f"{name},{float(value)!r}\n")

    for k, n in [(7, 50), (0, 10), (10, 10), (1, 1)]:
        interval = binomtest(k, n).proportion_ci(method="wilson")
        print(f"wilson {k}/{n}: {float(interval.low)!r} {float(interval.high)!r}")
    print("log loss of p = 0 for a churner:", repr(float(log_loss([1], [0.0], labels=[0, 1]))))
    y, s = [0, 0, 1, 1, 0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8, 0.4, 0.4, 0.1, 0.1]
    print("toy:", roc_auc_score(y, s), average_precision_score(y, s))
    v2 = pd.DataFrame({
        "probability": [.9, .85, .8, .7, .7, .6, .55, .5, .45, .4, .35, .3, .3, .25, .2, .15, .12, .1, .05, .01],
        "churned": [1, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
    })
    print("V2:", {k: float(v) for k, v in values(v2).items()}, "ece of 5 bins", ece(v2, 5), "lift at 20 %", lift(v2, 0.2))


if __name__ == "__main__":
    main()
