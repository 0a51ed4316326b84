#!/usr/bin/env python3
"""A purchase log of any size, as a project that `churn` reads.

    python3 benches/peers/purchase_log.py FOLDER [--purchases 10000000] [--customers 1000000] [--ids text|int] [--seed 1]

Needs numpy and pyarrow. Writes FOLDER/transactions.parquet (zstd, row groups of a million rows, in time order) and
FOLDER/churn.toml. The memory follows the number of customers and the size of a row group, not the number of purchases.

What the log looks like:
- 912 days, from 2023-01-01 to the midnight that begins 2025-07-01.
- Each customer has a first purchase in the first 540 days, so all of them exist at each of the last twelve months' ends.
  From then on each buys at a constant rate of their own, gamma-distributed (shape 0.7): the numbers of purchases are
  close to negative-binomial, with a few busy customers and many with one purchase.
- Moments grow strictly, so no customer has two rows at one moment, and what counts as one purchase is never in doubt.
- Amounts are in cents, log-normal with a long tail; about 3 % of the rows are returns, with a negative amount. A third
  of the purchases has a discount.
- Ids are text such as "C0001234" (or whole numbers with `--ids int`), given out at random: their order says nothing.
"""

import argparse
import os
import pathlib
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

START = np.datetime64("2023-01-01", "us")
END = np.datetime64("2025-07-01", "us")
BEGINNING_DAYS = 540
RATE_SHAPE = 0.7
RETURNS = 0.03
DISCOUNTED = 1 / 3
ROWS_OF_A_GROUP = 1_000_000
MICROS_PER_DAY = 86_400_000_000

PROJECT = """\
# Made by benches/peers/purchase_log.py: {purchases} rows of {customers} customers, seed {seed}.
name = "purchases"
timezone = "UTC"
currency = "EUR"

[transactions]
path = "transactions.parquet"
columns = {{ customer_id = "customer_id", timestamp = "timestamp", amount = "amount", discount = "discount" }}

[churn]
horizon = "90d"
# Longer than the log: every customer who ever bought is eligible, so no tool has to leave anybody out.
active_within = "1000d"
complete_through = "{end}"
"""


def activity(micros):
    """How much buying there is up to a moment: it grows with the customers who have begun, and then is constant."""
    begun = np.minimum(micros / (BEGINNING_DAYS * MICROS_PER_DAY), 1)
    days = np.asarray(micros) / MICROS_PER_DAY
    return np.where(begun < 1, begun * days / 2, days - BEGINNING_DAYS / 2)


def when_active(activities):
    """The moments at which `activity` reaches these values."""
    days = np.where(
        activities < BEGINNING_DAYS / 2, np.sqrt(2 * BEGINNING_DAYS * activities), activities + BEGINNING_DAYS / 2
    )
    return (days * MICROS_PER_DAY).astype(np.int64)


def cents(random, rows):
    """Prices in cents: a median of 25, a mean of about 41, one in a million beyond 2,900."""
    return np.maximum(1, np.rint(np.exp(random.normal(np.log(2_500), 1.0, rows)))).astype(np.int64)


def rows_of_a_part(random, moments, is_first, begun, weights, ids):
    """The rows at these moments, ascending. `is_first` marks those at which a new customer begins, `begun` had before.

    Customers are numbered in the order in which they begin; `weights` are the running sums of their rates.
    """
    rows = len(moments)
    begun_by_then = begun + np.cumsum(is_first)
    customer = np.empty(rows, dtype=np.int64)
    customer[is_first] = begun_by_then[is_first] - 1
    again = ~is_first
    drawn = random.random(int(again.sum())) * weights[begun_by_then[again] - 1]
    customer[again] = np.minimum(np.searchsorted(weights, drawn, side="right"), begun_by_then[again] - 1)

    price = cents(random, rows)
    is_return = again & (random.random(rows) < RETURNS)
    is_discounted = ~is_return & (random.random(rows) < DISCOUNTED)
    discount = np.where(is_discounted, np.rint(price * random.integers(1, 7, rows) * 0.05), 0).astype(np.int64)
    amount = np.where(is_return, -price, price - discount)
    return pa.table({
        "customer_id": ids[customer] if ids.dtype.kind == "i" else pa.array(ids[customer].astype(str)),
        "timestamp": pa.array(moments, pa.timestamp("us")),
        "amount": amount / 100.0,
        "discount": discount / 100.0,
    })


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--purchases", type=int, default=10_000_000, help="rows, returns among them")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--ids", choices=["text", "int"], default="text")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    purchases, customers = arguments.purchases, arguments.customers
    if not 0 < customers <= purchases or customers > 10_000_000:
        sys.exit("error: expected 1 to 10,000,000 customers, and at least as many purchases")
    random = np.random.default_rng(arguments.seed)

    numbers = random.permutation(customers)
    ids = numbers.astype(np.int64) if arguments.ids == "int" else np.char.mod("C%07d", numbers).astype("S8")
    weights = np.cumsum(random.gamma(RATE_SHAPE, 1.0, customers))

    # Time is cut into parts of about a million rows, each of which becomes a row group.
    span = int((END - START) / np.timedelta64(1, "us"))
    first_span = BEGINNING_DAYS * MICROS_PER_DAY
    grid = np.linspace(0, span, 100_000)
    rows_until = customers * np.minimum(grid / first_span, 1) + (purchases - customers) * activity(grid) / activity(span)
    parts = max(1, round(purchases / ROWS_OF_A_GROUP))
    edges = np.interp(np.linspace(0, purchases, parts + 1), rows_until, grid).astype(np.int64)
    firsts = random.multinomial(customers, np.diff(np.minimum(edges, first_span)) / first_span)
    others = random.multinomial(purchases - customers, np.diff(activity(edges)) / activity(span))

    arguments.folder.mkdir(parents=True, exist_ok=True)
    path = arguments.folder / "transactions.parquet"
    temporary = path.with_suffix(".tmp")
    writer, begun = None, 0
    for part in range(parts):
        low, high = edges[part], edges[part + 1]
        n_first, n_other = int(firsts[part]), int(others[part])
        n = n_first + n_other
        when_first = np.sort(random.integers(low, max(low + 1, min(high, first_span)), n_first))
        when_other = np.sort(when_active(random.uniform(activity(low), activity(high), n_other)))
        if begun == 0 and n_first and n_other:
            # Nobody can buy again before the first customer has begun.
            when_other = np.sort(np.maximum(when_other, when_first[0]))
        moments = np.concatenate([when_first, when_other])
        order = np.argsort(moments, kind="stable")
        # Strictly growing: where moments coincide the later rows move up by microseconds.
        moments = moments[order]
        place = np.arange(n)
        moments = np.minimum(np.maximum.accumulate(moments - place) + place, high - n + place)
        when = START + moments.astype("timedelta64[us]")
        table = rows_of_a_part(random, when, order < n_first, begun, weights, ids)
        begun += n_first
        if writer is None:
            writer = pq.ParquetWriter(temporary, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=len(table))
    writer.close()
    (arguments.folder / "churn.toml").write_text(
        PROJECT.format(purchases=purchases, customers=customers, seed=arguments.seed, end=END.astype("datetime64[D]"))
    )
    # Last, so that a log that is there is a whole one.
    os.replace(temporary, path)


if __name__ == "__main__":
    main()
