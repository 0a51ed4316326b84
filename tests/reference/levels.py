"""Levels and their features, computed from what docs/features.md says of them.

Writes customers.csv, transactions.csv and expected.csv to crates/feature-engineering/tests/levels/: made-up customers, and
one row per eligible customer with one column per feature of the levels of `region` and of the channels, an empty cell for a
missing value. Nothing here was taken from the Rust code.

Run: python3 tests/reference/levels.py (made with CPython 3.11, standard library alone)
"""

import csv
import random
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "crates/feature-engineering/tests/levels"
START, AS_OF, END = date(2025, 1, 1), date(2025, 12, 1), date(2026, 2, 1)
ACTIVE_WITHIN = 180
MOST, LEAST = 10, 30

# Shares of the regions. "late" is that of nobody who had bought by the as-of date; "rare" has fewer than 30 customers.
REGIONS = ["Nord-Est"] * 8 + ["south"] * 8 + ["west, far"] * 5 + ["rare"] + [""] * 4
CHANNELS = ["web"] * 6 + ["store"] * 4 + ["App"] * 2 + [""]


def made_up():
    numbers = random.Random(20)
    customers, transactions = [], []
    for number in range(420):
        customer, new = f"c{number:03d}", number >= 360
        region = "late" if new else numbers.choice(REGIONS)
        if numbers.random() < 0.95:
            customers.append((customer, region))
        day = AS_OF + timedelta(numbers.randrange(30)) if new else START + timedelta(numbers.randrange(250))
        fax = number < 20
        for _ in range(numbers.randrange(1, 12)):
            if day >= END:
                break
            channel = "later" if day >= AS_OF else "fax" if fax else numbers.choice(CHANNELS)
            transactions.append((customer, day.isoformat(), f"{numbers.randrange(100, 9000) / 100:.2f}", channel))
            day += timedelta(numbers.randrange(1, 70))
    return customers, transactions


def levels(counts, n_customers):
    least = max(LEAST, -(-n_customers // 200))
    enough = [text for text in counts if counts[text] >= least]
    return sorted(enough, key=lambda text: (-counts[text], text))[:MOST]


def plain(text):
    return "_".join("".join(c if c.isascii() and c.isalnum() else " " for c in text.lower()).split())


def main():
    customers, transactions = made_up()
    for name, header, rows in [
        ("customers", ("customer_id", "region"), customers),
        ("transactions", ("customer_id", "timestamp", "amount", "channel"), transactions),
    ]:
        with open(FOLDER / f"{name}.csv", "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)

    region = {customer: text for customer, text in customers if text}
    bought = {}
    for customer, day, _, channel in transactions:
        if date.fromisoformat(day) < AS_OF:
            bought.setdefault(customer, []).append((date.fromisoformat(day), channel))
    regions = levels(Counter(region[customer] for customer in bought if customer in region), len(bought))
    used = Counter(channel for rows in bought.values() for channel in {channel for _, channel in rows if channel})
    channels = levels(used, len(bought))

    rows = []
    for customer in sorted(bought):
        if max(day for day, _ in bought[customer]) < AS_OF - timedelta(ACTIVE_WITHIN):
            continue
        row = {"customer_id": customer}
        text = region.get(customer)
        for level in regions:
            row[f"region_is_{plain(level)}"] = float(text == level)
        row["region_is_other"] = float(text is not None and text not in regions)
        row["region_is_missing"] = float(text is None)
        for level in [*channels, None]:
            for end, days in ("", 10_000), ("_90d", 90):
                of = [c for day, c in bought[customer] if c and day >= AS_OF - timedelta(days)]
                these = [c for c in of if (c not in channels if level is None else c == level)]
                name = "other" if level is None else plain(level)
                row[f"channel_share_{name}{end}"] = len(these) / len(of) if of else None
        rows.append(row)
    with open(FOLDER / "expected.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rows[0])
        writer.writerows(["" if value is None else value if isinstance(value, str) else repr(value) for value in row.values()] for row in rows)


if __name__ == "__main__":
    main()
