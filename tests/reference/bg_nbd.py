"""Reference values for the BG/NBD model of the crate `feature-engineering`.

Writes, to crates/feature-engineering/tests/fixtures/:

  bg_nbd_customers.csv  simulated customers, days, equal histories merged: repeat, recency, age, customers
  bg_nbd_fits.csv       log-likelihoods of those customers at given parameters; the row `mle` is the maximum
  bg_nbd_points.csv     P(alive), P(no purchase in the horizon), E[purchases in the horizon] of single customers

Everything is computed with the textbook formulas (gamma, beta and Gaussian hypergeometric functions; Fader, Hardie &
Lee 2005, equations 6 and 10), in 40 digits with mpmath, which is not how the crate does it. The maximum is found with
scipy (Nelder-Mead) and polished by Newton's method on the exact score in mpmath.

    pip install numpy==2.4.6 scipy==1.17.1 mpmath==1.4.1
    python tests/reference/bg_nbd.py
"""

import collections
import pathlib

import mpmath as mp
import numpy as np
import scipy
from scipy.optimize import minimize
from scipy.special import betaln, gammaln

mp.mp.dps = 40
FIXTURES = pathlib.Path(__file__).parents[2] / "crates/feature-engineering/tests/fixtures"
TRUTH = dict(r=0.6, alpha=18.0, a=0.9, b=3.2)  # days
SEED = 20240601
CUSTOMERS = 1700
HEADER = (
    f"# tests/reference/bg_nbd.py, seed {SEED}; numpy {np.__version__}, scipy {scipy.__version__}, "
    f"mpmath {mp.__version__}\n"
)


def simulate():
    """Merged histories {(x, t_x, T): customers}: buy at a gamma rate, leave after a repeat purchase, day grain."""
    rng = np.random.default_rng(SEED)
    merged = collections.Counter()
    for _ in range(CUSTOMERS):
        age = int(rng.integers(0, 366))
        rate = rng.gamma(TRUTH["r"], 1 / TRUTH["alpha"])
        leave = rng.beta(TRUTH["a"], TRUTH["b"])
        time, days = 0.0, set()
        while True:
            time += rng.exponential(1 / rate)
            if time > age:
                break
            days.add(int(np.ceil(time)))
            if rng.random() < leave:
                break
        days.discard(0)
        merged[(len(days), max(days, default=0), age)] += 1
    return dict(sorted(merged.items()))


def log_likelihood_scipy(params, x, t_x, age, n):
    """Equation 6, vectorised."""
    r, alpha, a, b = params
    beta = betaln(a, b + x) - betaln(a, b)
    alive = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + age)
    later = np.maximum(x, 1)
    left = (
        betaln(a + 1, b + later - 1) - betaln(a, b)
        + gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * np.log(alpha + t_x)
    )
    return np.sum(n * np.where(x > 0, np.logaddexp(beta + alive, left), beta + alive))


def log_likelihood(params, rows):
    """Equation 6 in mpmath."""
    r, alpha, a, b = map(mp.mpf, params)
    by_x = collections.defaultdict(list)
    for (x, t_x, age), n in rows.items():
        by_x[x].append((t_x, age, n))
    total = mp.mpf(0)
    for x, group in by_x.items():
        gamma = mp.rgamma(r) * mp.gamma(r + x) * alpha**r
        stay = mp.beta(a, b + x) / mp.beta(a, b)
        leave = mp.beta(a + 1, b + x - 1) / mp.beta(a, b) if x > 0 else mp.mpf(0)
        for t_x, age, n in group:
            likelihood = gamma * (stay * (alpha + age) ** -(r + x) + leave * (alpha + t_x) ** -(r + x))
            total += n * mp.log(likelihood)
    return total


def score(params, rows):
    """Derivatives of equation 6 by r, alpha, a, b, in mpmath, likelihood by likelihood."""
    r, alpha, a, b = params
    sums = [mp.mpf(0)] * 4
    psi = mp.digamma
    by_x = collections.defaultdict(list)
    for (x, t_x, age), n in rows.items():
        by_x[x].append((t_x, age, n))
    for x, group in by_x.items():
        stay = mp.beta(a, b + x)
        stay_a = stay * (psi(a) - psi(a + b + x))
        stay_b = stay * (psi(b + x) - psi(a + b + x))
        leave = leave_a = leave_b = mp.mpf(0)
        if x > 0:
            leave = mp.beta(a + 1, b + x - 1)
            leave_a = leave * (psi(a + 1) - psi(a + b + x))
            leave_b = leave * (psi(b + x - 1) - psi(a + b + x))
        psi_r = psi(r + x) - psi(r) + mp.log(alpha)
        for t_x, age, n in group:
            p = (alpha + age) ** -(r + x)
            q = (alpha + t_x) ** -(r + x)
            mix = stay * p + leave * q
            sums[0] += n * (psi_r - (stay * p * mp.log(alpha + age) + leave * q * mp.log(alpha + t_x)) / mix)
            sums[1] += n * (r / alpha - (r + x) * (stay * p / (alpha + age) + leave * q / (alpha + t_x)) / mix)
            sums[2] += n * ((stay_a * p + leave_a * q) / mix - psi(a) + psi(a + b))
            sums[3] += n * ((stay_b * p + leave_b * q) / mix - psi(b) + psi(a + b))
    return sums


def maximum(rows):
    x, t_x, age = (np.array(column, dtype=float) for column in zip(*rows))
    n = np.array(list(rows.values()), dtype=float)
    objective = lambda theta: -log_likelihood_scipy(np.exp(theta), x, t_x, age, n)
    options = dict(maxiter=20000, maxfev=20000, xatol=1e-10, fatol=1e-12)
    found = minimize(objective, np.log([1.0, 10.0, 1.0, 1.0]), method="Nelder-Mead", options=options)
    start = tuple(mp.mpf(float(v)) for v in np.exp(found.x))
    polished = mp.findroot(lambda *p: score(p, rows), start, tol=1e-40, maxsteps=8, verify=False)
    polished = [polished[i] for i in range(4)]
    assert max(abs(s) for s in score(polished, rows)) < mp.mpf("1e-15")
    assert all(abs(p / s - 1) < 1e-6 for p, s in zip(polished, start)), "scipy and mpmath disagree"
    lower = log_likelihood([p * mp.mpf("1.0001") for p in polished], rows)
    assert lower < log_likelihood(polished, rows)
    return polished


def probability_alive(params, x, t_x, age):
    r, alpha, a, b = params
    if x == 0:
        return mp.mpf(1)
    return 1 / (1 + a / (b + x - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x))


def expected(params, x, t_x, age, t):
    """Equation 10. At a = 1, where it is 0/0, the mean of its values beside 1."""
    r, alpha, a, b = params
    if a == 1:
        tiny = mp.mpf("1e-15")
        return sum(expected((r, alpha, 1 + s * tiny, b), x, t_x, age, t) for s in (-1, 1)) / 2
    top = (a + b + x - 1) / (a - 1)
    shrunk = ((alpha + age) / (alpha + age + t)) ** (r + x)
    hyper = mp.hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t))
    return top * (1 - shrunk * hyper) * probability_alive(params, x, t_x, age)


HEAVY = [(3000, 3649.5, 3650), (3000, 3600.5, 3650), (3000, 100, 3650)]


def points():
    cdnow = (0.242593, 4.413532, 0.792886, 2.425753)  # weeks; maximum likelihood of the CDNOW sample
    customers = [(0, 0, 38.86), (1, 1.71, 38.86), (2, 30.43, 38.86), (7, 29.43, 38.86), (26, 30.86, 31), (0, 0, 0)]
    for x, t_x, age in customers:
        for t in (1, 13, 39, 390):
            yield cdnow, x, t_x, age, t
    others = [(0.6, 18.0, 1.0, 3.2), (0.6, 18.0, 1.5, 3.2), (4.0, 0.05, 0.01, 0.2), (0.02, 900.0, 30.0, 90.0)]
    for params in others:
        for x, t_x, age in [(0, 0, 365), (1, 300, 365), (40, 200, 365), (40, 364, 365), *HEAVY]:
            for t in (30, 365):
                yield params, x, t_x, age, t


def number(value):
    return repr(float(value))


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    rows = simulate()
    with open(FIXTURES / "bg_nbd_customers.csv", "w") as out:
        out.write(HEADER + "repeat,recency,age,customers\n")
        for (x, t_x, age), n in rows.items():
            out.write(f"{x},{t_x},{age},{n}\n")
    fits = {
        "mle": maximum(rows),
        "truth": [TRUTH[name] for name in ("r", "alpha", "a", "b")],
        "even": [1.0, 1.0, 1.0, 1.0],
        "uneven": [0.01, 400.0, 0.05, 40.0],
        "stiff": [60.0, 900.0, 200.0, 0.02],
    }
    with open(FIXTURES / "bg_nbd_fits.csv", "w") as out:
        out.write(HEADER + "name,r,alpha,a,b,log_likelihood\n")
        for name, params in fits.items():
            values = [*params, log_likelihood(params, rows)]
            out.write(",".join([name, *map(number, values)]) + "\n")
    with open(FIXTURES / "bg_nbd_points.csv", "w") as out:
        out.write(HEADER + "r,alpha,a,b,repeat,recency,age,horizon,alive,no_purchase,expected\n")
        for params, x, t_x, age, t in points():
            exact = [mp.mpf(v) for v in params]
            t_x, age, t = mp.mpf(t_x), mp.mpf(age), mp.mpf(t)
            alive = probability_alive(exact, x, t_x, age)
            silent = ((exact[1] + age) / (exact[1] + age + t)) ** (exact[0] + x)
            values = [t_x, age, t, alive, 1 - alive * (1 - silent), expected(exact, x, t_x, age, t)]
            out.write(",".join([*map(number, params), str(x), *map(number, values)]) + "\n")


if __name__ == "__main__":
    main()
