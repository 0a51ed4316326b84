"""The peer of `churn plan`: two logistic regressions of scikit-learn, one for each arm, and uplift x value > cost.

    python benches/peers/plan_scikit_learn.py FOLDER

FOLDER has campaign.csv and today.csv as crates/decisions/examples/plan_profit.rs describes them. Missing values become the
column's median, columns are standardised, the regressions are scikit-learn's defaults (C = 1). Prints what the rule truly earns.

Needs pandas and scikit-learn.
"""

import sys
from pathlib import Path

import pandas as pd
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

KNOWN = ["value", "cost", "true_value", "true_uplift"]


def main(folder):
    campaign, today = pd.read_csv(folder / "campaign.csv"), pd.read_csv(folder / "today.csv")
    features = [name for name in campaign.columns if name not in ("arm", "retained")]
    stays = {}
    for arm in (0, 1):
        rows = campaign[campaign.arm == arm]
        model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(C=1.0, max_iter=5_000))
        model.fit(rows[features], rows.retained)
        stays[arm] = model.predict_proba(today[features])[:, 1]
    uplift = stays[1] - stays[0]
    contact = uplift * today.value - today.cost > 0
    earned = (today.true_uplift * today.true_value - today.cost)[contact].sum()
    print(f"scikit-learn two-model x value,{earned:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
