#!/usr/bin/env python3
"""scikit-learn's side of benches/solver.py.

    python3 benches/peers/logistic_scikit_learn.py fit FILE ROWS COLUMNS ALPHA [REPEATS]
    python3 benches/peers/logistic_scikit_learn.py grid FILE SEGMENTS ROWS COLUMNS FOLDS cv|search JOBS ALPHA...

Needs numpy and scikit-learn. `fit`: newton-cholesky with its default tolerance of 1e-4. `grid`: LogisticRegressionCV (cv),
a segment at a time in each of JOBS processes with one BLAS thread, or GridSearchCV (search), with JOBS inside it. Prints one
JSON object.
"""

import json
import resource
import sys
import time

import joblib
import numpy as np
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, PredefinedSplit


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fit(path, rows, columns, alpha, repeats=1):
    rows, columns, alpha = int(rows), int(columns), float(alpha)
    data = np.fromfile(path, dtype="<f8")
    x, y = data[: rows * columns].reshape(rows, columns), data[rows * columns :]
    seconds = []
    for _ in range(int(repeats)):
        started = time.perf_counter()
        model = LogisticRegression(C=1 / alpha, solver="newton-cholesky", tol=1e-4).fit(x, y)
        seconds.append(time.perf_counter() - started)
    peak = peak_mb()
    margin = np.where(y == 1, 1, -1) * (x @ model.coef_[0] + model.intercept_[0])
    objective = float(np.logaddexp(0, -margin).sum() + alpha / 2 * np.sum(model.coef_**2))
    return {"seconds": seconds, "objective": objective, "iterations": int(model.n_iter_[0]), "peak_mb": peak}


def folds_of(rows, folds):
    return np.arange(rows) * folds // rows


def by_cv(x, y, folds, alphas):
    split = PredefinedSplit(folds_of(len(y), folds))
    model = LogisticRegressionCV(
        Cs=[1 / alpha for alpha in alphas], cv=split, solver="newton-cholesky", scoring="neg_log_loss", refit=False,
        use_legacy_attributes=False, l1_ratios=(0.0,),
    ).fit(x, y)
    scores = np.asarray(model.scores_, dtype=float).reshape(folds, len(alphas))
    return (-scores.mean(axis=0)).tolist()


def by_search(x, y, folds, alphas, jobs):
    search = GridSearchCV(
        LogisticRegression(solver="newton-cholesky"), {"C": [1 / alpha for alpha in alphas]}, scoring="neg_log_loss",
        cv=PredefinedSplit(folds_of(len(y), folds)), refit=False, n_jobs=jobs,
    ).fit(x, y)
    return (-search.cv_results_["mean_test_score"]).tolist()


def grid(path, segments, rows, columns, folds, how, jobs, *alphas):
    segments, rows, columns, folds, jobs = (int(v) for v in (segments, rows, columns, folds, jobs))
    alphas = sorted((float(alpha) for alpha in alphas), reverse=True)
    data = np.fromfile(path, dtype="<f8").reshape(-1, rows * (columns + 1))[:segments]
    parts = [(part[: rows * columns].reshape(rows, columns), part[rows * columns :]) for part in data]
    # The workers are there before the clock starts.
    joblib.Parallel(n_jobs=jobs)(joblib.delayed(log_loss)([0, 1], [0.5, 0.5]) for _ in range(2 * jobs))
    started = time.perf_counter()
    if how == "cv":
        run = joblib.delayed(by_cv)
        losses = joblib.Parallel(n_jobs=jobs)(run(x, y, folds, alphas) for x, y in parts)
    else:
        losses = [by_search(x, y, folds, alphas, jobs) for x, y in parts]
    seconds = time.perf_counter() - started
    fits = segments * folds * len(alphas)
    return {"seconds": seconds, "milliseconds_per_fit": 1e3 * seconds / fits, "log_loss": losses, "peak_mb": peak_mb()}


def main():
    if len(sys.argv) < 6 or sys.argv[1] not in ("fit", "grid"):
        sys.exit(__doc__)
    print(json.dumps({"fit": fit, "grid": grid}[sys.argv[1]](*sys.argv[2:])))


if __name__ == "__main__":
    main()
