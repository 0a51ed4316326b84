"""Reference values for the logistic regression of the crate `training`.

Writes crates/training/tests/fixtures/logistic.json. For each case:

  x, y               the data exactly as used; x is standardised and rounded to 6 decimals; y = 1 is a churner
  alpha              weight of the penalty: minimised is sum(log-loss) + alpha / 2 * |coefficients|^2, the intercept
                     is free; alpha = 1 / C of scikit-learn
  intercept, coefficients
                     of scikit-learn's LogisticRegression(solver="newton-cholesky", tol=1e-12), which the script
                     checks against Newton's method in 40 digits (mpmath) and stores as found by the latter
  objective          the minimum

The case with repeated customers also has `cluster`, `clusters` and `covariance`: the penalised sandwich
H^-1 B H^-1 G / (G - 1), where H = X'WX + alpha I (nothing on the intercept), B is the sum over customers of the outer
product of their summed scores x (y - p), and G is the number of customers. Order: intercept first.

`platt` is the unpenalised fit of y on an intercept a and a slope b of a score z, with the inverse of its Hessian.

    pip install numpy==2.4.6 scikit-learn==1.9.1 scipy==1.17.1 mpmath==1.4.1
    python tests/reference/logistic.py
"""

import json
import pathlib
import platform

import mpmath as mp
import numpy as np
import scipy
import sklearn
from sklearn.linear_model import LogisticRegression

mp.mp.dps = 40
OUT = pathlib.Path(__file__).parents[2] / "crates/training/tests/fixtures/logistic.json"


def standardised(x):
    return np.round((x - x.mean(axis=0)) / x.std(axis=0), 6)


def draw(rng, x, coefficients, churners):
    """Outcomes at a logit of the given slopes, with exactly the intercept at which `churners` of them are expected."""
    logit = x @ coefficients
    low, high = -20.0, 20.0
    for _ in range(100):
        middle = (low + high) / 2
        if np.mean(1 / (1 + np.exp(-(middle + logit)))) < churners:
            low = middle
        else:
            high = middle
    return (rng.random(len(x)) < 1 / (1 + np.exp(-(low + logit)))).astype(int)


def newton(x, y, alpha):
    """Minimum of the penalised loss in mpmath: parameters (intercept first), objective, Hessian, probabilities."""
    n, p = x.shape
    rows = [[mp.mpf(1)] + [mp.mpf(repr(float(v))) for v in row] for row in x]
    beta = mp.zeros(p + 1, 1)
    for _ in range(60):
        prob = [1 / (1 + mp.exp(-mp.fdot(row, beta))) for row in rows]
        gradient = mp.zeros(p + 1, 1)
        hessian = mp.zeros(p + 1, p + 1)
        for row, target, pr in zip(rows, y, prob):
            weight, residual = pr * (1 - pr), pr - int(target)
            for i in range(p + 1):
                gradient[i] += residual * row[i]
                scaled = weight * row[i]
                for j in range(i + 1):
                    hessian[i, j] += scaled * row[j]
        for i in range(p + 1):
            for j in range(i):
                hessian[j, i] = hessian[i, j]
        for i in range(1, p + 1):
            gradient[i] += alpha * beta[i]
            hessian[i, i] += alpha
        if max(abs(g) for g in gradient) < mp.mpf("1e-25"):
            break
        beta -= mp.lu_solve(hessian, gradient)
    else:
        raise AssertionError("Newton's method did not converge")
    loss = -mp.fsum(mp.log(pr if target else 1 - pr) for target, pr in zip(y, prob))
    objective = loss + mp.mpf(alpha) / 2 * mp.fsum(b * b for b in beta[1:])
    return beta, objective, hessian, prob, rows


def matrix(m):
    return [[float(m[i, j]) for j in range(m.cols)] for i in range(m.rows)]


def fit(name, x, y, alpha):
    y = np.asarray(y)
    model = LogisticRegression(C=1 / alpha, solver="newton-cholesky", tol=1e-12, max_iter=10000).fit(x, y)
    assert list(model.classes_) == [0, 1]
    beta, objective, hessian, prob, rows = newton(x, y, alpha)
    exact = np.array([float(b) for b in beta])
    found = np.concatenate([model.intercept_, model.coef_[0]])
    difference = float(np.max(np.abs(found - exact)))
    assert difference < 1e-9 * max(1.0, float(np.max(np.abs(exact)))), (name, difference)
    case = {
        "name": name,
        "rows": len(y),
        "columns": x.shape[1],
        "churners": int(y.sum()),
        "alpha": alpha,
        "intercept": exact[0],
        "coefficients": exact[1:].tolist(),
        "objective": float(objective),
        "largest_difference_to_scikit_learn": difference,
        "x": x.tolist(),
        "y": y.tolist(),
    }
    return case, hessian, prob, rows


def sandwich(y, clusters, hessian, prob, rows):
    """Cluster-robust covariance; checked in numpy against the mpmath result."""
    size = len(rows[0])
    scores = {}
    for row, target, pr, cluster in zip(rows, y, prob, clusters):
        total = scores.setdefault(cluster, mp.zeros(size, 1))
        for i in range(size):
            total[i] += row[i] * (int(target) - pr)
    count = len(scores)
    meat = mp.zeros(size, size)
    for total in scores.values():
        meat += total * total.T
    bread = hessian**-1
    covariance = bread * meat * bread * mp.mpf(count) / (count - 1)

    design = np.array([[float(v) for v in row] for row in rows])
    residual = np.asarray(y) - np.array([float(pr) for pr in prob])
    names = sorted(scores)
    sums = np.array([(design * residual[:, None])[np.asarray(clusters) == name].sum(axis=0) for name in names])
    inverse = np.linalg.inv(np.array(matrix(hessian)))
    check = inverse @ sums.T @ sums @ inverse * count / (count - 1)
    assert np.allclose(check, np.array(matrix(covariance)), rtol=1e-9, atol=1e-15)
    return covariance, count


def minority():
    """20 % churners; customers appear in one to six snapshots, with traits of their own in x and in the outcome."""
    rng = np.random.default_rng(101)
    snapshots = rng.integers(1, 7, size=260)
    clusters = np.repeat(np.arange(len(snapshots)), snapshots)
    n, p = len(clusters), 5
    own = rng.normal(size=(len(snapshots), p))[clusters]
    x = standardised(0.8 * own + 0.6 * rng.normal(size=(n, p)))
    mood = rng.normal(size=len(snapshots))[clusters]
    seen = np.column_stack([x, mood])
    y = draw(rng, seen, np.array([0.9, -0.6, 0.3, 0.0, -0.2, 0.9]), 0.2)
    case, hessian, prob, rows = fit("churners_in_the_minority", x, y, 1.0)
    covariance, count = sandwich(y, clusters, hessian, prob, rows)
    return case | {
        "cluster": [f"C{cluster:04}" for cluster in clusters],
        "clusters": count,
        "covariance": matrix(covariance),
    }


def majority():
    """80 % churners, skewed columns."""
    rng = np.random.default_rng(202)
    x = standardised(rng.gamma(2.0, size=(1200, 8)))
    slopes = np.array([-1.2, 0.7, 0.0, 0.4, -0.3, 0.2, 0.0, 0.9])
    return fit("churners_in_the_majority", x, draw(rng, x, slopes, 0.8), 0.1)[0]


def correlated():
    """Twelve columns, most of them copies of three with a little noise; correlations up to 0.999."""
    rng = np.random.default_rng(303)
    base = rng.normal(size=(600, 3))
    noise = np.array([0.03, 0.05, 0.1, 0.2, 0.3, 0.03, 0.05, 0.1, 0.05])
    x = standardised(np.column_stack([base, base[:, np.arange(9) % 3] + noise * rng.normal(size=(600, 9))]))
    slopes = np.array([1.0, -0.8, 0.5, 0.3, -0.2, 0.1, 0.0, 0.0, 0.0, 0.2, 0.0, -0.1])
    case = fit("correlated_columns", x, draw(rng, x, slopes, 0.35), 0.01)[0]
    correlation = np.corrcoef(x.T) - np.eye(x.shape[1])
    return case | {"largest_correlation": float(np.abs(correlation).max())}


def platt():
    """Scores twice too sure of themselves and too low: y ~ a + b z without penalty."""
    rng = np.random.default_rng(404)
    z = np.round(2.0 * rng.normal(size=500) - 1.5, 6)
    y = (rng.random(500) < 1 / (1 + np.exp(-(0.4 + 0.5 * z)))).astype(int)
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12, max_iter=10000).fit(z[:, None], y)
    beta, objective, hessian, _, _ = newton(z[:, None], y, 0)
    found = [float(model.intercept_[0]), float(model.coef_[0][0])]
    assert max(abs(f - float(b)) for f, b in zip(found, beta)) < 1e-9
    return {
        "rows": len(y),
        "churners": int(y.sum()),
        "z": z.tolist(),
        "y": y.tolist(),
        "a": float(beta[0]),
        "b": float(beta[1]),
        "log_loss_sum": float(objective),
        "covariance": matrix(hessian**-1),
    }


def main():
    fixture = {
        "provenance": {
            "script": "tests/reference/logistic.py",
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "scikit_learn": sklearn.__version__,
            "mpmath": mp.__version__,
        },
        "cases": [minority(), majority(), correlated()],
        "platt": platt(),
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(fixture, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")


if __name__ == "__main__":
    main()
