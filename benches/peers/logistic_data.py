#!/usr/bin/env python3
"""Data for the comparison of logistic regressions: correlated and skewed columns, 25 % positives.

    python3 benches/peers/logistic_data.py FILE ROWS COLUMNS [SEGMENTS] [SEED]

Needs numpy. Writes little-endian f64: for each segment its rows, number after number, then its labels, 0 or 1. Columns are
mixtures of a third as many factors; every third is skewed (the logarithm of a gamma's reverse: an exponential of a normal).
All are standardised. Segments differ in their coefficients.
"""

import sys

import numpy as np


def segment(rng, rows, columns):
    factors = max(columns // 3, 1)
    loadings = rng.normal(size=(factors, columns)) / np.sqrt(factors)
    x = rng.normal(size=(rows, factors)) @ loadings
    x += 0.35 * rng.normal(size=(rows, columns))
    x[:, ::3] = np.exp(0.6 * x[:, ::3])
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    slopes = rng.normal(size=columns) * 1.2 / np.sqrt(columns)
    logit = x @ slopes
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        if np.mean(1 / (1 + np.exp(-(middle + logit)))) < 0.25:
            low = middle
        else:
            high = middle
    labels = rng.random(rows) < 1 / (1 + np.exp(-(low + logit)))
    return x, labels.astype(float)


def main():
    path, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    segments = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    rng = np.random.default_rng(int(sys.argv[5]) if len(sys.argv) > 5 else 1)
    with open(path, "wb") as file:
        for _ in range(segments):
            x, labels = segment(rng, rows, columns)
            x.astype("<f8").tofile(file)
            labels.astype("<f8").tofile(file)


if __name__ == "__main__":
    main()
