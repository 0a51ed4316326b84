#!/usr/bin/env python3
"""Restricted cubic spline parts for a test in crates/scoring/src/design.rs, by numpy.

Written from the documentation of R's Hmisc::rcspline.eval (norm=2, truncated power basis), independently of the Rust
code: for knots t_1..t_k and j = 1..k-2,
    X_j = [(x-t_j)+^3 - (x-t_{k-1})+^3 (t_k-t_j)/(t_k-t_{k-1}) + (x-t_k)+^3 (t_{k-1}-t_j)/(t_k-t_{k-1})] / (t_k-t_1)^2.
"""

import numpy as np

knots = np.array([-1.5, -0.5, 0.25, 1.75])


def part(x, j):
    t, k = knots, len(knots)
    plus = lambda values: np.maximum(values, 0.0) ** 3
    top = plus(x - t[j]) - plus(x - t[k - 2]) * (t[k - 1] - t[j]) / (t[k - 1] - t[k - 2])
    top += plus(x - t[k - 1]) * (t[k - 2] - t[j]) / (t[k - 1] - t[k - 2])
    return top / (t[k - 1] - t[0]) ** 2


print(f"// numpy {np.__version__}")
for x in (-2.0, -1.0, 0.0, 0.75, 1.75, 3.0):
    for j in (0, 1):
        print(f"({x}, {j}, {float(part(np.float64(x), j))!r}),")
