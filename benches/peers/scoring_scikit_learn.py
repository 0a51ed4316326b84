#!/usr/bin/env python3
"""scikit-learn's side of benches/scoring.py.

    python3 benches/peers/scoring_scikit_learn.py MODEL FILE ROWS COLUMNS OUT [REPEATS]

Needs numpy and scikit-learn. FILE has the columns one after the other (f64); they are brought into rows, as scikit-learn takes
them, before the time begins. In chunks of 65,536 rows: `predict_proba`, the calibration line on its log-odds, and the three largest
contributions by `argsort`. Writes the probabilities (f64), then the places of the three features (u16); prints the seconds as JSON.
"""

import json
import sys
import time

import numpy as np
from sklearn.linear_model import LogisticRegression

CHUNK = 65_536


def score(model, calibration, slope, x, probabilities, places):
    coefficients = model.coef_[0]
    for first in range(0, len(x), CHUNK):
        chunk = x[first : first + CHUNK]
        p = model.predict_proba(chunk)[:, 1]
        logit = np.log(p / (1 - p))
        probabilities[first : first + CHUNK] = 1 / (1 + np.exp(-(calibration + slope * logit)))
        contributions = chunk * coefficients
        places[first : first + CHUNK] = np.argsort(contributions, axis=1)[:, :-4:-1]


def main(model, file, rows, columns, out, repeats=1):
    rows, columns = int(rows), int(columns)
    calibration, slope, intercept, *coefficients = np.fromfile(model, dtype="<f8")
    x = np.ascontiguousarray(np.fromfile(file, dtype="<f8").reshape(columns, rows).T)
    fitted = LogisticRegression()
    fitted.classes_ = np.array([0, 1])
    fitted.coef_ = np.array([coefficients])
    fitted.intercept_ = np.array([intercept])
    fitted.n_features_in_ = columns
    probabilities = np.empty(rows)
    places = np.empty((rows, 3), dtype="<u2")
    seconds = []
    for _ in range(int(repeats)):
        started = time.perf_counter()
        score(fitted, calibration, slope, x, probabilities, places)
        seconds.append(time.perf_counter() - started)
    with open(out, "wb") as found:
        probabilities.tofile(found)
        places.tofile(found)
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
