"""Values that tests of the monitor are held against. scipy 1.14 or later, statsmodels 0.14 or later.

Prints: tails of Student's distribution, a prediction interval, Poisson tails, the population stability index of its definition
with its null law by simulation, Holm's adjusted p-values; and, with the path of a monitor.prom as argument, what
prometheus_client reads of it.
"""

import sys

import numpy as np
from scipy.stats import poisson, t

for x, degrees in [(2, 3), (-1, 10), (12, 4)]:
    print("student_tail", x, degrees, repr(t.sf(x, degrees)))

past = np.array([4, 5, 6, 5, 5], float)
sd = past.std(ddof=1)
print("prediction", repr(t.sf((9 - past.mean()) / (sd * np.sqrt(1 + 1 / 5)), 4)))

for k, mean in [(3, 2), (55, 29), (1, 0.5)]:
    print("poisson_tail", k, mean, repr(poisson.sf(k - 1, mean)))

p = np.full(10, 0.1)
q = np.array([0.12, 0.11] + [0.1] * 5 + [0.09] * 3)
print("psi", repr(np.sum((q - p) * np.log(q / p))))
rng = np.random.default_rng(1)
for n in [1_000, 10_000]:
    a, b = rng.multinomial(n, p, 200_000) / n, rng.multinomial(n, p, 200_000) / n
    print("psi 95 %", n, np.quantile(np.sum((b - a) * np.log(b / a), axis=1), 0.95))

try:
    from statsmodels.stats.multitest import multipletests

    print("holm", multipletests([0.01, 0.04, 0.03, 0.005], method="holm")[1])
except ImportError:
    print("holm: statsmodels is not installed")

if len(sys.argv) > 1:
    from prometheus_client.parser import text_string_to_metric_families

    with open(sys.argv[1], encoding="utf-8") as file:
        families = list(text_string_to_metric_families(file.read()))
    for family in families:
        print(family.name, family.type, len(family.samples), family.documentation)
