"""Reference values for the unit tests of crates/decisions, from scipy: distributions, intervals and tests. Prints them.

    python tests/reference/decisions.py

Needs numpy and scipy; the versions are printed.
"""

import numpy as np
import scipy
from scipy import stats
from scipy.special import gammaln


def main():
    print(f"numpy {np.__version__}, scipy {scipy.__version__}")
    for x in (0.1, 0.5, 3.7, 20.5, 1234.5):
        print("gammaln", x, repr(float(gammaln(x))))
    for x, a, b in ((0.3, 6, 14), (0.05, 6, 14), (0.9, 7, 14), (0.5, 0.5, 0.5), (0.2, 500, 2000)):
        print("beta.cdf", x, a, b, repr(float(stats.beta.cdf(x, a, b))))
    for x, degrees in ((3.841, 1), (15.507, 8), (40.0, 40), (130.0, 100), (0.5, 3)):
        print("chi2.sf", x, degrees, repr(float(stats.chi2.sf(x, degrees))))
    for p in (0.975, 0.8, 0.025, 1e-6):
        print("norm.ppf", p, repr(float(stats.norm.ppf(p))))
    for p, degrees in ((0.975, 1), (0.975, 9.5), (0.975, 58), (0.95, 1000)):
        print("t.ppf", p, degrees, repr(float(stats.t.ppf(p, degrees))))
    print("wilson 250/1000", stats.binomtest(250, 1000).proportion_ci(method="wilson"))
    a, b = [4.0, 5.0, 3.0, 5.0, 4.0, 2.0], [1.0, 2.0, 6.0, 2.0]
    print("mean", np.mean(a), stats.ttest_1samp(a, 0).confidence_interval())
    welch = stats.ttest_ind(a, b, equal_var=False)
    print("welch", np.mean(a) - np.mean(b), welch.confidence_interval(), "df", welch.df)
    net_promoter_score(5, 2, 3)


def net_promoter_score(promoters, passives, detractors):
    """The adjusted Wald interval: three observations added, 1:2:1."""
    counts = np.array([promoters, passives, detractors]) + np.array([0.75, 1.5, 0.75])
    shares = counts / counts.sum()
    values = np.array([1.0, 0.0, -1.0])
    mean = shares @ values
    half = stats.norm.ppf(0.975) * np.sqrt((shares @ values**2 - mean**2) / counts.sum())
    print("nps", 100 * (mean - half), 100 * (mean + half))


if __name__ == "__main__":
    main()
