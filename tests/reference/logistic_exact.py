"""Reference values for the crate `logistic-regression`, in 40 digits.

Writes crates/logistic-regression/tests/fixtures/exact.json. For each case:

  x, y               the data exactly as used; y = 1 is positive
  weights, offsets   where there are any
  ridge              one for each column; minimised is
                     sum(w * log(1 + exp(-s * (x b + b0 + offset)))) + 1/2 * sum(ridge * b^2), the intercept is free
  intercept, coefficients, objective
                     the minimum, by Newton's method in 40 digits (mpmath)
  errors             square roots of the diagonal of the inverse of the penalised Hessian, intercept first
  sandwich           the same of H^-1 J H^-1, with J the Hessian without the penalty
  cluster, robust    where there are clusters: the same of H^-1 B H^-1 G / (G - 1), B from summed scores of clusters
  scikit_learn       where it can fit the case: intercept and coefficients of
                     LogisticRegression(solver="newton-cholesky", tol=1e-12)

Spector and Mazzeo (1980), "Probit analysis and economic education", are the data of the case of that name, as printed in
Greene, "Econometric analysis".

    pip install numpy==2.4.6 scikit-learn==1.9.1 mpmath==1.4.1
    python tests/reference/logistic_exact.py
"""

import json
import pathlib
import platform

import mpmath as mp
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

mp.mp.dps = 40
OUT = pathlib.Path(__file__).parents[2] / "crates/logistic-regression/tests/fixtures/exact.json"

# GPA, TUCE, PSI, grade.
SPECTOR = """
2.66 20 0 0  2.89 22 0 0  3.28 24 0 0  2.92 12 0 0  4.00 21 0 1  2.86 17 0 0  2.76 17 0 0  2.87 21 0 0
3.03 25 0 0  3.92 29 0 1  2.63 20 0 0  3.32 23 0 0  3.57 23 0 0  3.26 25 0 1  3.53 26 0 0  2.74 19 0 0
2.75 25 0 0  2.83 19 0 0  3.12 23 1 0  3.16 25 1 1  2.06 22 1 0  3.62 28 1 1  2.89 14 1 0  3.51 26 1 0
3.54 24 1 1  2.83 27 1 1  3.39 17 1 1  2.67 24 1 0  3.65 21 1 1  4.00 23 1 1  3.10 21 1 0  2.39 19 1 1
"""


def newton(x, y, weights, offsets, ridge):
    n, p = x.shape
    size = p + 1
    rows = [[mp.mpf(1)] + [mp.mpf(float(v)) for v in row] for row in x]
    ridge = [mp.mpf(0)] + [mp.mpf(r) for r in ridge]
    beta = mp.zeros(size, 1)

    def at(beta):
        eta = [mp.fdot(row, beta) + o for row, o in zip(rows, offsets)]
        prob = [1 / (1 + mp.exp(-e)) for e in eta]
        margins = [e if t else -e for e, t in zip(eta, y)]
        loss = mp.fsum(w * mp.log(1 + mp.exp(-m)) for w, m in zip(weights, margins))
        return loss + mp.fsum(r * b * b for r, b in zip(ridge, beta)) / 2, prob

    objective, prob = at(beta)
    for _ in range(200):
        gradient = mp.zeros(size, 1)
        hessian = mp.zeros(size, size)
        for row, target, pr, w in zip(rows, y, prob, weights):
            weight, residual = w * pr * (1 - pr), w * (pr - int(target))
            for i in range(size):
                gradient[i] += residual * row[i]
                scaled = weight * row[i]
                for j in range(i + 1):
                    hessian[i, j] += scaled * row[j]
        for i in range(size):
            for j in range(i):
                hessian[j, i] = hessian[i, j]
        information = hessian.copy()
        for i in range(size):
            gradient[i] += ridge[i] * beta[i]
            hessian[i, i] += ridge[i]
        step = mp.lu_solve(hessian, gradient)
        decrement = mp.fdot(step, gradient)
        if decrement < mp.mpf("1e-50"):
            break
        part = mp.mpf(1)
        while True:
            there = beta - part * step
            lower, prob_there = at(there)
            if lower <= objective or decrement < mp.mpf("1e-25"):
                break
            part /= 2
        beta, objective, prob = there, lower, prob_there
    else:
        raise AssertionError("Newton's method did not converge")
    return beta, objective, hessian, information, prob, rows


def case(name, x, y, ridge=0.0, weights=None, offsets=None, cluster=None, peer=True):
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=int)
    n, p = x.shape
    ridge = np.broadcast_to(np.asarray(ridge, dtype=float), p)
    w = [mp.mpf(float(v)) for v in (weights if weights is not None else np.ones(n))]
    o = [mp.mpf(float(v)) for v in (offsets if offsets is not None else np.zeros(n))]
    beta, objective, hessian, information, prob, rows = newton(x, y, w, o, ridge)
    inverse = hessian**-1
    both = inverse * information * inverse
    roots = lambda m: [float(mp.sqrt(m[i, i])) for i in range(p + 1)]
    out = {
        "name": name,
        "ridge": ridge.tolist(),
        "intercept": float(beta[0]),
        "coefficients": [float(b) for b in beta[1:]],
        "objective": float(objective),
        "errors": roots(inverse),
        "sandwich": roots(both),
    }
    if cluster is not None:
        scores = {}
        for row, target, pr, weight, c in zip(rows, y, prob, w, cluster):
            total = scores.setdefault(int(c), mp.zeros(p + 1, 1))
            for i in range(p + 1):
                total[i] += weight * row[i] * (int(target) - pr)
        meat = mp.zeros(p + 1, p + 1)
        for total in scores.values():
            meat += total * total.T
        out["cluster"] = [int(c) for c in cluster]
        out["robust"] = roots(inverse * meat * inverse * mp.mpf(len(scores)) / (len(scores) - 1))
    if peer and offsets is None and len(set(ridge)) == 1:
        c = np.inf if ridge[0] == 0 else 1 / ridge[0]
        model = LogisticRegression(C=c, solver="newton-cholesky", tol=1e-12, max_iter=10000)
        model.fit(x, y, sample_weight=weights)
        out["scikit_learn"] = [float(model.intercept_[0]), *map(float, model.coef_[0])]
        difference = max(abs(a - b) for a, b in zip(out["scikit_learn"], [out["intercept"], *out["coefficients"]]))
        assert difference < 1e-6, (name, difference)
    if weights is not None:
        out["weights"] = [float(v) for v in weights]
    if offsets is not None:
        out["offsets"] = [float(v) for v in offsets]
    return out | {"x": x.tolist(), "y": y.tolist()}


def drawn(rng, x, slopes, rate):
    logit = x @ slopes
    low, high = -30.0, 30.0
    for _ in range(100):
        middle = (low + high) / 2
        if np.mean(1 / (1 + np.exp(-(middle + logit)))) < rate:
            low = middle
        else:
            high = middle
    return (rng.random(len(x)) < 1 / (1 + np.exp(-(low + logit)))).astype(int)


def normal(rng, rows, columns):
    return np.round(rng.normal(size=(rows, columns)), 6)


def cases():
    spector = np.array(SPECTOR.split(), dtype=float).reshape(-1, 4)
    yield case("spector", spector[:, :3], spector[:, 3])
    rng = np.random.default_rng(1)
    bad = np.column_stack([rng.lognormal(5, 2, 400), rng.normal(1e6, 1, 400)])
    yield case("bad_scale", bad, drawn(rng, (bad - bad.mean(0)) / bad.std(0), np.array([0.8, -0.7]), 0.4), peer=False)
    x = normal(rng, 150, 3)
    yield case("ridge", x, drawn(rng, x, np.array([1.0, -0.5, 0.2]), 0.3), ridge=2.5)
    x = normal(rng, 200, 4)
    weights = np.round(rng.gamma(1.0, 2.0, 200), 3)
    weights[::17] = 0.0
    yield case("weights", x, drawn(rng, x, np.array([1.0, -0.5, 0.2, 0.0]), 0.5), ridge=0.7, weights=weights)
    x = normal(rng, 200, 2)
    yield case("weights_of_zero_and_one", x, drawn(rng, x, np.array([1.0, -0.5]), 0.5), weights=(np.arange(200) % 3 > 0).astype(float))
    x = normal(rng, 180, 2)
    offsets = np.round(rng.normal(size=180) * 2, 4)
    yield case("offset", x, drawn(rng, np.column_stack([x, offsets]), np.array([0.5, 0.5, 1.0]), 0.4), offsets=offsets)
    x = normal(rng, 3000, 2)
    rare = drawn(rng, x, np.array([0.8, -0.3]), 0.005)
    yield case("rare", x, rare, ridge=0.1)
    x = normal(rng, 500, 40)
    yield case("forty_columns", x, drawn(rng, x, rng.normal(size=40) * 0.3, 0.3), ridge=1.0)
    x = normal(rng, 160, 4)
    y = drawn(rng, x, np.array([1.0, 1.0, -1.0, 0.5]), 0.4)
    yield case("ridge_of_columns", x, y, ridge=[0.0, 10.0, 0.01, 100.0])
    x = normal(rng, 250, 3)
    x[:, 1] = np.round(x[:, 0] + 1e-3 * x[:, 1], 9)
    yield case("nearly_collinear", x, drawn(rng, x, np.array([0.5, 0.5, 0.2]), 0.5), ridge=1e-3)
    x = np.round(np.linspace(-1, 1, 60)[:, None], 6)
    yield case("separable_with_ridge", x, (x[:, 0] > 0.1).astype(int), ridge=1e-4)
    x = np.column_stack([(rng.random((240, 3)) < [0.5, 0.1, 0.03]).astype(float), np.round(rng.lognormal(0, 2, 240), 5)])
    yield case("dummies_and_skew", x, drawn(rng, x, np.array([1.0, -0.5, 1.0, 0.02]), 0.3), ridge=0.05)
    x = np.column_stack([normal(rng, 130, 1), normal(rng, 130, 1) * 1e-9, normal(rng, 130, 1) * 1e9])
    yield case("units", x, drawn(rng, x, np.array([1.0, 1e9, 1e-9]), 0.4), peer=False)
    clusters = np.repeat(np.arange(70), rng.integers(1, 7, 70))
    x = np.round(rng.normal(size=(70, 2))[clusters] + 0.5 * rng.normal(size=(len(clusters), 2)), 6)
    mood = rng.normal(size=70)[clusters]
    y = drawn(rng, np.column_stack([x, mood]), np.array([0.8, -0.6, 1.0]), 0.35)
    yield case("clusters", x, y, ridge=0.5, cluster=clusters)


def main():
    fixture = {
        "provenance": {
            "script": "tests/reference/logistic_exact.py",
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit_learn": sklearn.__version__,
            "mpmath": mp.__version__,
        },
        "cases": list(cases()),
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(fixture, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")


if __name__ == "__main__":
    main()
