"""Reference values for models of segments (crates/training/tests/fixtures/segments.json).

The global ridge regression and the deviations of one segment, each by Newton's method on the objective as it is written down,
and the covariance of the segment's weights from the influence of every customer on both, one by one, without any of the
algebra that the crate uses.

Run: python tests/reference/segments.py > crates/training/tests/fixtures/segments.json
Made with Python 3, numpy (version in the file).
"""

import json

import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def newton(x, y, offset, ridge, centre):
    """Minimum of sum log(1 + exp(-s (x'b + offset))) + 1/2 (b - centre)' diag(ridge) (b - centre), and its Hessian."""
    b = centre.copy()
    for _ in range(60):
        p = sigmoid(x @ b + offset)
        gradient = x.T @ (p - y) + ridge * (b - centre)
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        b = b - np.linalg.solve(hessian, gradient)
    return b, hessian


def main():
    rng = np.random.default_rng(20)
    customers, rows, columns = 90, 260, 3
    customer = rng.integers(0, customers, rows)
    of_segment = customer % 3 == 0
    x = rng.normal(size=(rows, columns)).round(6)
    # A column that is 0 in all rows of the segment.
    x[of_segment, 2] = 0.0
    own = rng.normal(scale=0.7, size=customers)
    logit = -0.3 + x @ np.array([0.8, -0.5, 0.4]) + own[customer] + np.where(of_segment, 0.6 - 1.5 * x[:, 0], 0.0)
    y = (rng.random(rows) < sigmoid(logit)).astype(float)

    ones = np.ones((rows, 1))
    full = np.hstack([ones, x])
    alpha, strength = 4.0, 6.0
    zero = np.zeros(columns + 1)
    b, global_hessian = newton(full, y, np.zeros(rows), np.array([0.0] + [alpha] * columns), zero)
    mine = full[of_segment]
    # The penalised whole weights are the deviations about the global ones.
    t, hessian = newton(mine, y[of_segment], np.zeros(of_segment.sum()), np.full(columns + 1, strength), b)

    k, h = np.linalg.inv(global_hessian), np.linalg.inv(hessian)
    present, present_here = np.unique(customer), np.unique(customer[of_segment])
    factor = len(present) / (len(present) - 1)
    factor_here = len(present_here) / (len(present_here) - 1)
    cov_b, cov_t = np.zeros_like(k), np.zeros_like(k)
    for c in present:
        i = customer == c
        v = np.sqrt(factor) * full[i].T @ (y[i] - sigmoid(full[i] @ b))
        u = zero
        if c in present_here:
            u = np.sqrt(factor_here) * full[i].T @ (y[i] - sigmoid(full[i] @ t))
        moved_b = k @ v
        moved_t = h @ (u + strength * moved_b)
        cov_b += np.outer(moved_b, moved_b)
        cov_t += np.outer(moved_t, moved_t)

    print(
        json.dumps(
            {
                "made_by": f"tests/reference/segments.py, numpy {np.__version__}",
                "alpha": alpha,
                "strength": strength,
                "x": x.T.tolist(),
                "y": [int(v) for v in y],
                "customer": [int(c) for c in customer],
                "of_segment": [bool(v) for v in of_segment],
                "global": b.tolist(),
                "global_covariance": cov_b.tolist(),
                "segment": t.tolist(),
                "covariance": cov_t.tolist(),
            }
        )
    )


main()
