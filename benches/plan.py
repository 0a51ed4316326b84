"""What plans truly earn: over seeds, on data with a known truth, against scikit-learn's two-model regression and simpler rules.

    python benches/plan.py WORK [SEEDS [KIND...]]

Kinds of data, all written by this project's own programs, which have to be built first
(`cargo build --release --locked --workspace --bins --examples`):

  plain     10,000 customers of a campaign and 20,000 of today with 40 numeric features, of which one says for whom the offer pays
            (examples/plan_profit.rs of crates/decisions)
  company   20,000 customers of a simulated company with one campaign (examples/simulated_campaign.rs), features by `churn features`
            as of the campaign and as of the end of the exports; who stayed is who bought within 90 days of the campaign
  none, weak, strong
            20,000 customers of `churn simulate --offer none|weak|strong`, planned by the commands themselves as a user would: `churn train`,
            then `churn plan` with everything at its default but a hold-out of 0, so that all of the plan is counted

Of the company, what a customer who stays is expected to bring (known to every rule) is a straight line in the margin per 90 days so far,
fitted on the customers who stayed after the campaign, as `churn train` fits it; and a true gain is the offer's true effect on the churn
probability times the true expected margin of one who stays, minus the cost.

Needs pandas with pyarrow, and scikit-learn.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "target" / "release"
CAMPAIGN, TODAY, COST = "2025-09-08", "2026-07-01", 3.0


def run(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def plain(folder, seed):
    run(TARGET / "examples" / "plan_profit", "make", folder, seed)


def so_far(features):
    """Margin per 90 days so far."""
    return features.margin_total / features.tenure_days.clip(lower=90) * 90


def company(folder, seed):
    run(TARGET / "examples" / "simulated_campaign", folder, seed)
    run(TARGET / "churn", "features", folder, "-q", "--no-cache", "--as-of", CAMPAIGN, "--as-of", TODAY)
    features = pd.read_parquet(folder / "out" / "features.parquet")
    as_of = features.as_of.astype(str).str[:10]
    names = [name for name in features.columns if pd.api.types.is_numeric_dtype(features[name])]
    offers = pd.read_csv(folder / "offers.csv")
    offers["arm"] = (offers.arm == "treatment").astype(int)
    bought = pd.read_csv(folder / "transactions.csv", usecols=["customer_id", "timestamp", "amount", "margin"])
    end = str(pd.Timestamp(CAMPAIGN) + pd.Timedelta(days=90))[:10]
    after = bought[(bought.timestamp >= CAMPAIGN) & (bought.timestamp < end)]
    stayed = after[after.amount > 0].customer_id.unique()
    past = features[as_of == CAMPAIGN].merge(offers[["customer_id", "arm"]], on="customer_id")
    past["retained"] = past.customer_id.isin(stayed).astype(int)
    past[["arm", "retained", *names]].to_csv(folder / "campaign.csv", index=False)
    truth = pd.read_csv(folder / "truth.csv")
    today = features[as_of == TODAY].merge(truth[truth.as_of == TODAY].drop(columns="as_of"), on="customer_id")
    then = features[(as_of == CAMPAIGN) & features.customer_id.isin(stayed)]
    brought = then.customer_id.map(after.groupby("customer_id").margin.sum()).fillna(0)
    highest = so_far(then).quantile(0.999)
    slope, intercept = np.polyfit(so_far(then).clip(upper=highest), brought, 1)
    today["value"] = (intercept + slope * so_far(today).clip(upper=highest)).clip(lower=0)
    today["cost"] = COST
    stays = 1 - today.churn_probability
    today["true_value"] = (today.expected_margin / stays.where(stays > 0)).fillna(0)
    today["true_uplift"] = -today.offer_effect
    columns = ["value", "cost", "true_value", "true_uplift", *names]
    today[columns].to_csv(folder / "today.csv", index=False)


def library(make, folder, seed):
    make(folder, seed)
    lines = run(TARGET / "examples" / "plan_profit", "plan", folder)
    lines += run(sys.executable, ROOT / "benches" / "peers" / "plan_scikit_learn.py", folder)
    return {name: float(value) for name, value in (line.rsplit(",", 1) for line in lines.splitlines())}


def commands(offer, folder, seed):
    """What the commands plan, and simpler rules by their scores, counted with the truth."""
    shutil.rmtree(folder, ignore_errors=True)
    run(TARGET / "churn", "simulate", folder, "-q", "--customers", 20_000, "--seed", seed, "--offer", offer)
    with open(folder / "churn.toml", "a") as file:
        file.write("\n[plan]\nhold_out = 0.0\n")
    if subprocess.run([TARGET / "churn", "train", folder, "-q"], capture_output=True).returncode not in (0, 7):
        raise SystemExit(f"{folder}: no model")
    run(TARGET / "churn", "score", folder, "-q")
    run(TARGET / "churn", "plan", folder, "-q")
    truth = pd.read_csv(folder / "truth.csv")
    truth = truth[(truth.as_of == TODAY) & (truth.state == "eligible")].set_index("customer_id")
    stays = 1 - truth.churn_probability
    value = (truth.expected_margin / stays.where(stays > 0)).fillna(0)
    cost = 4.0
    gain = -truth.offer_effect * value - cost
    scores = pd.read_csv(folder / "out" / "scores.csv").set_index("customer_id").reindex(truth.index)
    planned = pd.read_csv(folder / "out" / "plan.csv")
    contacted = planned[planned.arm == "contact"].customer_id
    found = {
        "oracle": gain[gain > 0].sum(),
        "plan": gain.reindex(contacted).dropna().sum(),
        "customers of the plan": len(contacted),
        "nobody": 0.0,
        "everybody": gain.sum(),
    }
    for name, by in (("churn probability", scores.churn_probability), ("churn probability x value", scores.value_at_risk)):
        for share in (0.1, 0.2, 0.3):
            found[f"top {share} by {name}"] = gain[by.nlargest(int(share * len(by))).index].sum()
    return found


KINDS = {
    "plain": lambda folder, seed: library(plain, folder, seed),
    "company": lambda folder, seed: library(company, folder, seed),
    "none": lambda folder, seed: commands("none", folder, seed),
    "weak": lambda folder, seed: commands("weak", folder, seed),
    "strong": lambda folder, seed: commands("strong", folder, seed),
}


def main(work, seeds, kinds):
    for kind in kinds:
        table = pd.DataFrame([KINDS[kind](work / f"{kind}-{seed}", seed) for seed in range(1, seeds + 1)])
        print(f"\n{kind}, {seeds} seeds: mean, least, and seeds above 0")
        for name in table:
            print(f"  {name:45} {table[name].mean():10.0f} {table[name].min():10.0f} {(table[name] > 0).sum():4}")
        share = table.plan.mean() / table.oracle.mean() if table.oracle.mean() > 0 else float("nan")
        print(f"  plan / oracle {share:.2f}")
        if "scikit-learn two-model x value" in table:
            print(f"  plan / scikit-learn {table.plan.mean() / table['scikit-learn two-model x value'].mean():.2f}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10, sys.argv[3:] or list(KINDS))
