"""Reference value of Spearman's rank correlation for crates/evaluation/src/agreement.rs, from scipy.

    python tests/reference/agreement.py

Needs scipy; the literal in the test was printed by scipy 1.17.
"""

import scipy
from scipy.stats import spearmanr

A = [0.1, 0.4, 0.4, 0.8, 0.9, 0.2, 0.4, 0.65, 0.3, 0.3, 0.05, 0.7]
B = [0.2, 0.3, 0.6, 0.9, 0.7, 0.2, 0.2, 0.5, 0.4, 0.1, 0.1, 0.9]

print(scipy.__version__, repr(float(spearmanr(A, B).statistic)))
