"""Reference values for DeLong's variance of the area under the ROC curve, plain and for clustered rows.

Writes crates/evaluation/tests/fixtures/delong-rows.csv (model, baseline, churned, cluster) and delong-values.csv
(name, value). Every pair of a churner and a stayer is looked at (O(n^2)), the covariance matrices of the structural
components are formed as the papers print them, and nothing is shared with the program:

  plain_*       DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44:837; delong.R computes the same with pROC
  clustered_*   Obuchowski 1997, Biometrics 53:567

    python tests/reference/delong.py

Needs numpy and pandas; the versions that wrote the fixture stand in delong-values.csv.
"""

import pathlib

import numpy as np
import pandas as pd

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "crates/evaluation/tests/fixtures"


def rows():
    """311 rows of 90 customers; outcomes vary within customers; the model is rounded, so ties are many."""
    rng = np.random.default_rng(1_997)
    n, customers = 311, 90
    cluster = rng.integers(0, customers, n)
    trait = rng.normal(size=customers)[cluster]
    churned = rng.random(n) < 1 / (1 + np.exp(0.9 - trait))
    score = 0.8 * churned + 0.7 * trait + rng.normal(size=n)
    other = 0.5 * churned + 0.6 * score + rng.normal(size=n)
    squash = lambda z: 1 / (1 + np.exp(-z))
    return pd.DataFrame({
        "model": np.round(squash(score), 2),
        "baseline": np.round(squash(other), 5),
        "churned": churned.astype(int),
        "cluster": cluster * 3 + 1,
    })


def components(p, y):
    """Area, V10 of each churner, V01 of each stayer."""
    x, z = p[y == 1][:, None], p[y == 0][None, :]
    psi = (x > z) + 0.5 * (x == z)
    return psi.mean(), psi.mean(axis=1), psi.mean(axis=0)


def plain(scores, y):
    parts = [components(p, y) for p in scores]
    m, n = (y == 1).sum(), (y == 0).sum()
    s10 = np.atleast_2d(np.cov([v10 for _, v10, _ in parts]))
    s01 = np.atleast_2d(np.cov([v01 for _, _, v01 in parts]))
    return np.array([a for a, _, _ in parts]), s10 / m + s01 / n


def clustered(scores, y, cluster):
    parts = [components(p, y) for p in scores]
    m, n = (y == 1).sum(), (y == 0).sum()
    ids = np.unique(cluster)
    d10, d01 = np.zeros((len(scores), len(ids))), np.zeros((len(scores), len(ids)))
    for r, (area, v10, v01) in enumerate(parts):
        for i, name in enumerate(ids):
            d10[r, i] = (v10[cluster[y == 1] == name] - area).sum()
            d01[r, i] = (v01[cluster[y == 0] == name] - area).sum()
    i10, i01 = len(np.unique(cluster[y == 1])), len(np.unique(cluster[y == 0]))
    i = len(ids)
    s10 = i10 / ((i10 - 1) * m) * d10 @ d10.T
    s01 = i01 / ((i01 - 1) * n) * d01 @ d01.T
    s11 = i / (i - 1) * d10 @ d01.T
    return np.array([a for a, _, _ in parts]), s10 / m + s01 / n + (s11 + s11.T) / (m * n)


def values(frame):
    y, cluster = frame["churned"].to_numpy(), frame["cluster"].to_numpy()
    scores = [frame["model"].to_numpy(), frame["baseline"].to_numpy()]
    found = {}
    for name, (area, covariance) in {"plain": plain(scores, y), "clustered": clustered(scores, y, cluster)}.items():
        found[f"{name}_model_auc"], found[f"{name}_baseline_auc"] = area
        found[f"{name}_model_variance"], found[f"{name}_baseline_variance"] = np.diag(covariance)
        found[f"{name}_covariance"] = covariance[0, 1]
        found[f"{name}_difference_variance"] = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    return found


def main():
    frame = rows()
    singles = clustered([frame["model"].to_numpy()], frame["churned"].to_numpy(), np.arange(len(frame)))
    assert np.allclose(singles[1], plain([frame["model"].to_numpy()], frame["churned"].to_numpy())[1], rtol=1e-13)
    frame.to_csv(FOLDER / "delong-rows.csv", index=False)
    with open(FOLDER / "delong-values.csv", "w") as out:
        out.write(f"# tests/reference/delong.py; numpy {np.__version__}, pandas {pd.__version__}\n")
        for name, value in values(frame).items():
            out.write(f"{name},{float(value)!r}\n")


if __name__ == "__main__":
    main()
