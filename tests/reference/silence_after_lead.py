"""Reference values for the probability of no purchase in a window that begins a lead after the as-of date.

Prints the rows of crates/feature-engineering/src/btyd/tests/lead.rs: repeat, recency, age, lead, horizon, and the
probability by BG/NBD, MBG/NBD and Pareto/NBD. Not as the crate does it:

  BG/NBD, MBG/NBD  purchases in the lead that are followed by leaving are a thinned Poisson process, so a customer is still
                   there with probability exp(-lambda p l); the mean over p is a Gaussian hypergeometric function
  Pareto/NBD       the density of the first purchase of the window, integrated over the window by mpmath

    pip install mpmath==1.4.1
    python tests/reference/silence_after_lead.py
"""

import mpmath as mp

mp.mp.dps = 30
CUSTOMERS = [(0, 0, 38.86), (2, 30.43, 38.86), (7, 29.43, 38.86), (1, 1.71, 38.86), (26, 30.86, 31)]
WINDOWS = [(2, 13), (13, 39), (60, 5)]


def beta_geometric(r, alpha, a, b, chances, x, t_x, age, lead, horizon):
    m, exposure = mp.mpf(r) + x, mp.mpf(alpha) + age
    alive = mp.mpf(1)
    if chances > 0:
        alive = 1 / (1 + mp.mpf(a) / (b + chances - 1) * (exposure / (alpha + mp.mpf(t_x))) ** m)

    def there(rate):
        return mp.hyp2f1(m, a, mp.mpf(a) + b + chances, -mp.mpf(lead) / rate)

    buys = there(exposure) - (exposure / (exposure + horizon)) ** m * there(exposure + horizon)
    return 1 - alive * buys


def pareto(r, alpha, s, beta, x, t_x, age, lead, horizon):
    m, a, b = mp.mpf(r) + x, mp.mpf(alpha) + age, mp.mpf(beta) + age
    stayed = a**-m * b**-s
    left = mp.quad(lambda v: s * (alpha + v) ** -m * (beta + v) ** (-mp.mpf(s) - 1), [t_x, (t_x + age) / 2, age])
    buys = mp.quad(lambda u: m / (a + u) * (a / (a + u)) ** m * (b / (b + lead + u)) ** s, [0, horizon / mp.mpf(4), horizon])
    return 1 - stayed / (stayed + left) * buys


for lead, horizon in WINDOWS:
    for x, t_x, age in CUSTOMERS:
        found = [
            beta_geometric(0.243, 4.414, 0.793, 2.426, x, x, t_x, age, lead, horizon),
            beta_geometric(0.525, 6.183, 0.891, 1.614, x + 1, x, t_x, age, lead, horizon),
            pareto(0.553, 10.578, 0.606, 11.669, x, t_x, age, lead, horizon),
        ]
        values = ", ".join(mp.nstr(value, 15) for value in found)
        print(f"({x}, {float(t_x)}, {float(age)}, {float(lead)}, {float(horizon)}, [{values}]),")
