"""Reference values for MBG/NBD, Pareto/NBD and Gamma-Gamma in the crate `feature-engineering`.

Writes, to crates/feature-engineering/tests/fixtures/:

  btyd_customers.csv  simulated customers (Pareto/NBD, Gamma-Gamma spend), weeks: repeat, recency, age, mean_spend
  btyd_fits.csv       log-likelihoods of those customers at given parameters; the rows `mle` are the maxima
  btyd_points.csv     P(alive), P(no purchase in the horizon), E[purchases in the horizon] of single customers
  btyd_spend.csv      expected mean spend of single customers
  btyd_clv.csv        discounted value of single customers

Everything is computed with the textbook formulas (Batislam, Denizel & Filiztekin 2007; Schmittlein, Morrison & Colombo
1987 and Fader & Hardie, brucehardie.com/notes/009; Fader & Hardie, notes/025), in 30 digits with mpmath: gamma, beta and
Gaussian hypergeometric functions, which is not how the crate does it. Maxima are found with scipy (Nelder-Mead) and
polished by Newton's method in mpmath. Data sets whose names are given as arguments (a CSV with the columns x or
frequency, recency or t_x, T, and perhaps zbar) are fitted as well, and their maxima and standard errors printed.

    pip install numpy==2.4.6 scipy==1.17.1 mpmath==1.4.1
    python tests/reference/buy_till_you_die.py [summary.csv ...]
"""

import collections
import csv
import pathlib
import sys

import mpmath as mp
import numpy as np
import scipy
from scipy.optimize import minimize

mp.mp.dps = 30
FIXTURES = pathlib.Path(__file__).parents[2] / "crates/feature-engineering/tests/fixtures"
SEED = 20250301
CUSTOMERS = 900
PROCESS = dict(r=0.8, alpha=9.0, s=0.7, beta=13.0)  # weeks
SPEND = dict(p=5.0, q=4.0, gamma=16.0)
HEADER = (
    f"# tests/reference/buy_till_you_die.py, seed {SEED}; numpy {np.__version__}, scipy {scipy.__version__}, "
    f"mpmath {mp.__version__}\n"
)
NAMES = {
    "bg": ("r", "alpha", "a", "b"),
    "mbg": ("r", "alpha", "a", "b"),
    "pareto": ("r", "alpha", "s", "beta"),
    "gamma_gamma": ("p", "q", "gamma"),
}


def simulate():
    rng = np.random.default_rng(SEED)
    rows = []
    for _ in range(CUSTOMERS):
        age = round(float(rng.uniform(20, 52)), 2)
        rate = rng.gamma(PROCESS["r"], 1 / PROCESS["alpha"])
        leaves = rng.exponential(1 / rng.gamma(PROCESS["s"], 1 / PROCESS["beta"]))
        scale = rng.gamma(SPEND["q"], 1 / SPEND["gamma"])
        time, repeat, last, spent = 0.0, 0, 0.0, 0.0
        while True:
            time += rng.exponential(1 / rate)
            if time > min(age, leaves):
                break
            last = time
            repeat += 1
            spent += rng.gamma(SPEND["p"], 1 / scale)
        recency = min(max(round(last, 2), 0.01), age) if repeat else 0.0
        rows.append((repeat, recency, age, round(spent / repeat, 2) if repeat else None))
    return sorted(rows, key=lambda row: (row[0], row[1], row[2], row[3] or 0))


# Log-likelihoods of one customer.


class Mpmath:
    """Functions of real numbers in arbitrary precision."""

    log, gammaln = staticmethod(mp.log), staticmethod(mp.loggamma)

    @staticmethod
    def log_add(u, v):
        return mp.log(mp.exp(u) + mp.exp(v))


def betaln(m, u, v):
    return m.gammaln(u) + m.gammaln(v) - m.gammaln(u + v)


def bg(m, params, x, t_x, age):
    r, alpha, a, b = params
    rate = m.gammaln(r + x) - m.gammaln(r) + r * m.log(alpha)
    alive = betaln(m, a, b + x) - betaln(m, a, b) - (r + x) * m.log(alpha + age)
    if x == 0:
        return rate + alive
    left = betaln(m, a + 1, b + x - 1) - betaln(m, a, b) - (r + x) * m.log(alpha + t_x)
    return rate + m.log_add(alive, left)


def mbg(m, params, x, t_x, age):
    r, alpha, a, b = params
    rate = m.gammaln(r + x) - m.gammaln(r) + r * m.log(alpha)
    alive = betaln(m, a, b + x + 1) - betaln(m, a, b) - (r + x) * m.log(alpha + age)
    left = betaln(m, a + 1, b + x) - betaln(m, a, b) - (r + x) * m.log(alpha + t_x)
    return rate + m.log_add(alive, left)


def log_a0(params, x, t_x, age):
    """A0 of Fader & Hardie, notes/009: a difference of two hypergeometric functions."""
    r, alpha, s, beta = params
    total = r + s + x
    if alpha >= beta:
        at = lambda u: mp.hyp2f1(total, s + 1, total + 1, (alpha - beta) / (alpha + u)) / (alpha + u) ** total
    else:
        at = lambda u: mp.hyp2f1(total, r + x, total + 1, (beta - alpha) / (beta + u)) / (beta + u) ** total
    near, far = at(t_x), at(age)
    return mp.log(near) + mp.log1p(-far / near)


def pareto(m, params, x, t_x, age):
    r, alpha, s, beta = params
    rate = m.gammaln(r + x) - m.gammaln(r) + r * m.log(alpha) + s * m.log(beta)
    alive = -(r + x) * m.log(alpha + age) - s * m.log(beta + age)
    if t_x == age:
        return rate + alive
    left = m.log(s / (r + s + x)) + log_a0(params, x, t_x, age)
    return rate + m.log_add(alive, left)


def gamma_gamma(m, params, x, mean):
    p, q, gamma = params
    return (
        m.gammaln(p * x + q) - m.gammaln(p * x) - m.gammaln(q) + q * m.log(gamma)
        + (p * x - 1) * m.log(mean) + p * x * m.log(x) - (p * x + q) * m.log(gamma + x * mean)
    )


LIKELIHOODS = {"bg": bg, "mbg": mbg, "pareto": pareto, "gamma_gamma": gamma_gamma}


def log_likelihood(kind, params, rows):
    exact = [mp.mpf(v) for v in params]
    return sum(n * LIKELIHOODS[kind](Mpmath, exact, *map(mp.mpf, row)) for row, n in rows.items())


def fast(kind, params, columns):
    """The same in double precision, vectorised, for the search: A0 by Gauss-Legendre quadrature in ln(1 + v / c)."""
    log, gln = np.log, scipy.special.gammaln
    bln = lambda u, v: gln(u) + gln(v) - gln(u + v)
    *data, n = columns
    if kind == "gamma_gamma":
        x, mean = data
        p, q, gamma = params
        rows = gln(p * x + q) - gln(p * x) - gln(q) + q * log(gamma) + (p * x - 1) * log(mean)
        return np.sum(n * (rows + p * x * log(x) - (p * x + q) * log(gamma + x * mean)))
    x, t_x, age = data
    if kind == "pareto":
        r, alpha, s, beta = params
        rate = gln(r + x) - gln(r) + r * log(alpha) + s * log(beta)
        alive = -(r + x) * log(alpha + age) - s * log(beta + age)
        nodes, weights = np.polynomial.legendre.leggauss(80)
        lowest = min(alpha, beta)
        width = np.log1p((age - t_x) / (lowest + t_x))
        y = width[:, None] * (nodes + 1) / 2
        v = (lowest + t_x)[:, None] * np.expm1(y)
        term = (
            -(r + x)[:, None] * log(alpha + t_x[:, None] + v) - (s + 1) * log(beta + t_x[:, None] + v) + y
        )
        with np.errstate(divide="ignore"):
            left = scipy.special.logsumexp(term + log(weights / 2), axis=1) + log(s * width * (lowest + t_x))
        return np.sum(n * (rate + np.logaddexp(alive, left)))
    r, alpha, a, b = params
    rate = gln(r + x) - gln(r) + r * log(alpha)
    first = 1 if kind == "mbg" else 0
    alive = bln(a, b + x + first) - bln(a, b) - (r + x) * log(alpha + age)
    chances = np.maximum(x + first, 1)
    left = bln(a + 1, b + chances - 1) - bln(a, b) - (r + x) * log(alpha + t_x)
    return np.sum(n * (rate + np.where(x + first > 0, np.logaddexp(alive, left), alive)))


def maximum(kind, rows):
    """Parameters at the maximum, and their standard errors (inverse negative Hessian by log parameters, delta method)."""
    columns = [np.array(column, dtype=float) for column in zip(*rows)] + [np.array(list(rows.values()), dtype=float)]
    objective = lambda theta: -fast(kind, np.exp(theta), columns)
    options = dict(maxiter=20000, maxfev=20000, xatol=1e-8, fatol=1e-10)
    start = np.log([5.0, 4.0, 15.0] if kind == "gamma_gamma" else [0.5, 8.0, 0.8, 8.0])
    found = minimize(objective, start, method="Nelder-Mead", options=options).x
    theta = [mp.mpf(float(v)) for v in found]
    at = lambda logs: log_likelihood(kind, [mp.exp(v) for v in logs], rows)
    size, h = len(theta), mp.mpf("1e-7")
    moved = lambda *steps: [v + sum(h * d for i, d in steps if i == k) for k, v in enumerate(theta)]
    for _ in range(2):
        here = at(theta)
        up = [at(moved((i, 1))) for i in range(size)]
        down = [at(moved((i, -1))) for i in range(size)]
        gradient = mp.matrix([(u - d) / (2 * h) for u, d in zip(up, down)])
        hessian = mp.matrix(size, size)
        for i in range(size):
            hessian[i, i] = (up[i] + down[i] - 2 * here) / h**2
            for j in range(i):
                apart = sum(u * v * at(moved((i, u), (j, v))) for u in (1, -1) for v in (1, -1))
                hessian[i, j] = hessian[j, i] = apart / (4 * h**2)
        step = mp.lu_solve(-hessian, gradient)
        theta = [v + s for v, s in zip(theta, step)]
    assert max(abs(s) for s in step) < mp.mpf("1e-9"), step
    assert max(abs(float(v) - f) for v, f in zip(theta, found)) < 1e-4, "scipy and mpmath disagree"
    params = [mp.exp(v) for v in theta]
    inverse = (-hessian) ** -1
    return params, [p * mp.sqrt(inverse[i, i]) for i, p in enumerate(params)]


# Forecasts.


def mbg_point(params, x, t_x, age, t):
    r, alpha, a, b = params
    alive = 1 / (1 + a / (b + x) * ((alpha + age) / (alpha + t_x)) ** (r + x))
    silent = ((alpha + age) / (alpha + age + t)) ** (r + x)
    if a == 1:  # 0/0: the mean of the values beside it
        tiny = mp.mpf("1e-12")
        return alive, 1 - alive * (1 - silent), sum(
            mbg_point((r, alpha, 1 + sign * tiny, b), x, t_x, age, t)[2] for sign in (-1, 1)
        ) / 2
    hyper = mp.hyp2f1(r + x, b + x + 1, a + b + x, t / (alpha + age + t))
    return alive, 1 - alive * (1 - silent), alive * (a + b + x) / (a - 1) * (1 - silent * hyper)


def pareto_point(params, x, t_x, age, t):
    r, alpha, s, beta = params
    a, b = alpha + age, beta + age
    dead = 0 if t_x == age else s / (r + s + x) * a ** (r + x) * b**s * mp.exp(log_a0(params, x, t_x, age))
    alive = 1 / (1 + dead)
    # Density of the first purchase after the as-of date, times the probability to be there then.
    buys = mp.quad(
        lambda w: (r + x) / a * (1 + w / a) ** -(r + x + 1) * (1 + w / b) ** -s,
        [0, *(t * mp.mpf(2) ** -k for k in range(20, -1, -1))],
    )
    log_ratio = mp.log(b / (b + t))
    factor = -log_ratio if s == 1 else (1 - mp.exp((s - 1) * log_ratio)) / (s - 1)
    return alive, 1 - alive * buys, alive * (r + x) * b / a * factor


def check_first_purchase():
    """The integral over the first purchase equals E[lambda / (lambda + mu) (1 - exp(-(lambda + mu) t))]."""
    r, alpha, s, beta, t = mp.mpf("2.5"), mp.mpf(30), mp.mpf("1.6"), mp.mpf(40), mp.mpf(13)
    mp.mp.dps = 15
    gamma = lambda v, shape, rate: rate**shape * v ** (shape - 1) * mp.exp(-rate * v) / mp.gamma(shape)
    double = mp.quad(
        lambda u, w: gamma(u, r, alpha) * gamma(w, s, beta) * u / (u + w) * (1 - mp.exp(-(u + w) * t)),
        [0, 0.1, 0.3, 1.2], [0, 0.05, 0.2, 1.2],
    )
    single = mp.quad(lambda w: r / alpha * (1 + w / alpha) ** -(r + 1) * (1 + w / beta) ** -s, [0, t])
    mp.mp.dps = 30
    assert abs(double - single) < 1e-9, (double, single)


def points():
    customers = [(0, 0, "38.86"), (1, "1.71", "38.86"), (2, "30.43", "38.86"), (7, "29.43", "38.86"), (26, "30.86", 31)]
    edges = [(0, 0, 0), (5, 20, 20), (300, 1500, 1565), (12907, "10949.5", 10950), (40, 100, 10950)]
    for params in [("0.524838", "6.182992", "0.891356", "1.613999"), ("0.6", 18, 1, "3.2"), (4, "0.05", "0.01", "0.2")]:
        for customer in customers + edges:
            for t in (1, 39, 365):
                yield "mbg", params, customer, t
    for params in [
        ("0.553276", "10.577612", "0.606214", "11.667913"),
        ("0.6", 18, 1, "3.2"),
        ("0.9", 5, "2.5", 300),
        (7, "0.5", "0.02", "900"),
        ("0.02", 900, 6, "0.4"),
        ("1.3", 12, "0.8", 12),
    ]:
        for customer in customers + edges:
            for t in (1, 39, 365):
                yield "pareto", params, customer, t
    regression = ("0.5143", "2.8845", "0.2856", "14.1087")  # a case that CLVTools keeps
    yield "pareto", regression, (221, "103.42857", "103.57143"), 39


def write_values():
    """sum_k margin E[Z] (E[Y(k)] - E[Y(k-1)]) / (1 + d)^k."""
    names = "model,first,second,third,fourth,repeat,recency,age,mean_spend,margin,periods,period,discount,value\n"
    with open(FIXTURES / "btyd_clv.csv", "w") as out:
        out.write(HEADER + names)
        for kind, params, point in [
            ("mbg", ("0.524838", "6.182992", "0.891356", "1.613999"), mbg_point),
            ("pareto", ("0.553276", "10.577612", "0.606214", "11.667913"), pareto_point),
        ]:
            for x, t_x, age in [(0, 0, 0), (0, 0, "38.86"), (2, "30.43", "38.86"), (7, "29.43", "38.86")]:
                for spend, margin, periods, period, rate in [("35.17", "0.3", 52, 1, "0.0027"), (40, 1, 12, "4.345", "0.01")]:
                    exact = [mp.mpf(v) for v in (*params, t_x, age)]
                    until = [mp.mpf(0)]
                    until += [point(exact[:4], x, *exact[4:], k * mp.mpf(period))[2] for k in range(1, periods + 1)]
                    worth = [(1 + mp.mpf(rate)) ** -k for k in range(periods + 1)]
                    value = sum((until[k] - until[k - 1]) * worth[k] for k in range(1, periods + 1))
                    value *= mp.mpf(spend) * mp.mpf(margin)
                    row = [kind, *params, x, t_x, age, spend, margin, periods, period, rate, number(value)]
                    out.write(",".join(map(str, row)) + "\n")


def number(value):
    return "" if value is None else repr(float(value))


def describe(path):
    with open(path) as file:
        table = [{key.lower(): value for key, value in row.items()} for row in csv.DictReader(file)]
    x = [row.get("x", row.get("frequency")) for row in table]
    t_x = [row.get("t_x", row.get("recency")) for row in table]
    histories = collections.Counter(zip(x, t_x, (row["t"] for row in table)))
    kinds = {kind: histories for kind in ("bg", "mbg", "pareto")}
    if "zbar" in table[0]:
        spends = collections.Counter((c, row["zbar"]) for c, row in zip(x, table) if int(c) > 0)
        kinds["gamma_gamma"] = spends
        repeaters = np.array([[float(c), float(z)] for (c, z), n in spends.items() for _ in range(n)])
        print("correlation", repr(float(np.corrcoef(repeaters.T)[0, 1])))
    for kind, rows in kinds.items():
        rows = {tuple(mp.mpf(v) if "." in v else int(v) for v in row): n for row, n in rows.items()}
        params, errors = maximum(kind, rows)
        values = [*params, log_likelihood(kind, params, rows), *errors]
        print(kind, *NAMES[kind], "log_likelihood, standard errors:", *map(number, values), flush=True)


def main():
    check_first_purchase()
    rows = simulate()
    with open(FIXTURES / "btyd_customers.csv", "w") as out:
        out.write(HEADER + "repeat,recency,age,mean_spend\n")
        for x, t_x, age, mean in rows:
            out.write(f"{x},{t_x},{age},{'' if mean is None else mean}\n")
    histories = collections.Counter((x, repr(t_x), repr(age)) for x, t_x, age, _ in rows)
    histories = {(x, mp.mpf(t_x), mp.mpf(age)): n for (x, t_x, age), n in histories.items()}
    spends = {(x, mp.mpf(z)): n for (x, z), n in collections.Counter((x, repr(z)) for x, _, _, z in rows if x).items()}
    with open(FIXTURES / "btyd_points.csv", "w") as out:
        out.write(HEADER + "model,first,second,third,fourth,repeat,recency,age,horizon,alive,no_purchase,expected\n")
        for kind, params, (x, t_x, age), t in points():
            exact = [mp.mpf(v) for v in (*params, t_x, age, t)]
            values = (mbg_point if kind == "mbg" else pareto_point)(exact[:4], x, *exact[4:])
            out.write(",".join([kind, *map(str, params), str(x), *map(number, exact[4:]), *map(number, values)]) + "\n")
    with open(FIXTURES / "btyd_spend.csv", "w") as out:
        out.write(HEADER + "p,q,gamma,transactions,mean,expected\n")
        for params in [("6.248803", "3.744588", "15.447747"), ("0.4", "1.5", "200"), ("900", "1.01", "0.1")]:
            p, q, gamma = map(mp.mpf, params)
            for x, mean in [(0, 1), (1, "0.01"), (2, 40), (30, "17.5"), (12907, "250000.25")]:
                expected = p * (gamma + x * mp.mpf(mean)) / (p * x + q - 1)
                out.write(",".join([*params, str(x), str(mean), number(expected)]) + "\n")
    write_values()
    with open(FIXTURES / "btyd_fits.csv", "w") as out:
        out.write(HEADER + "model,name,first,second,third,fourth,log_likelihood,error_1,error_2,error_3,error_4\n")
        places = {
            "bg": [], "mbg": [("even", (1, 1, 1, 1)), ("uneven", ("0.01", 400, "0.05", 40))],
            "pareto": [("even", (1, 1, 1, 1)), ("truth", tuple(map(str, PROCESS.values()))), ("slow", (2, 90, "0.3", 3)),
                       ("fast", ("0.05", "0.3", 6, 900))],
            "gamma_gamma": [("even", (1, 1, 1)), ("truth", tuple(map(str, SPEND.values()))), ("stiff", (80, "1.2", 3))],
        }
        for kind, others in places.items():
            data = spends if kind == "gamma_gamma" else histories
            pad = [None] if kind == "gamma_gamma" else []
            params, errors = maximum(kind, data)
            values = [*params, *pad, log_likelihood(kind, params, data), *errors, *pad]
            out.write(",".join([kind, "mle", *map(number, values)]) + "\n")
            for name, params in others:
                value = log_likelihood(kind, params, data)
                out.write(",".join([kind, name, *map(str, params), *map(number, [*pad, value, *[None] * 4])]) + "\n")
    for path in sys.argv[1:]:
        describe(path)


if __name__ == "__main__":
    main()
