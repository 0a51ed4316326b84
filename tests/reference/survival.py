"""Reference values of the Kaplan-Meier curve: lifelines on the data of Freireich et al. (1963).

Run: python tests/reference/survival.py   (lifelines 0.30.3)
Prints day, at risk, survival, lower and upper end of the 95 % interval, as in crates/evaluation/src/survival.rs.
"""

from lifelines import KaplanMeierFitter

ENDED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
CENSORED = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]

fitter = KaplanMeierFitter(alpha=0.05)
fitter.fit(ENDED + CENSORED, [1] * len(ENDED) + [0] * len(CENSORED))
table = fitter.event_table
bounds = fitter.confidence_interval_
for day in sorted(set(ENDED)):
    low, high = bounds.loc[day]
    survival = fitter.survival_function_.loc[day].iloc[0]
    print(f"({day}, {int(table.loc[day, 'at_risk'])}, {survival:.12f}, {low:.12f}, {high:.12f}),")
