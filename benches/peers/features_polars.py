#!/usr/bin/env python3
"""The 30 features of the catalogue, written for polars.

    python3 benches/peers/features_polars.py LOG.parquet OUT --as-of DATE [DATE ...] [--gaps list|sort]

Needs polars; POLARS_MAX_THREADS sets the threads. Reads a purchase log (customer_id, timestamp, amount, discount) and
writes OUT/features-DATE.parquet, zstd, with one lazy query for each date on the streaming engine. Windows are masks (a
zero outside the window) and not filters, which is faster here. Two ways to the gaps,
which take about the same time:

- `list`: a list of moments for each customer, sorted and subtracted inside the list;
- `sort`: purchases sorted by customer and moment, each moment minus the one before it, aggregated and joined.
"""

import argparse
import datetime
import pathlib

import polars as pl

DAY = 86_400_000_000


def rows(log, as_of):
    visible = pl.scan_parquet(log).filter(pl.col("timestamp") < as_of)
    return visible.select(
        "customer_id",
        at=pl.col("timestamp").to_physical(),
        weekend=pl.col("timestamp").dt.weekday() >= 6,
        amount="amount",
        discount="discount",
        bought=pl.col("amount") >= 0,
    )


def window(as_of, start, end=0):
    micros = int((as_of - datetime.datetime(1970, 1, 1)) / datetime.timedelta(microseconds=1))
    inside = pl.col("at") >= micros - start * DAY
    return inside & (pl.col("at") < micros - end * DAY) if end else inside


def sums(frame, as_of, gaps):
    bought, amount = pl.col("bought"), pl.col("amount")
    # Masked once, as columns, so that aggregates are plain sums.
    frame = frame.with_columns(
        paid=pl.when(bought).then(amount),
        bought_at=pl.when(bought).then("at"),
        w30=window(as_of, 30),
        w30b=window(as_of, 60, 30),
        w90=window(as_of, 90),
        w90b=window(as_of, 180, 90),
    )
    windows = {"30d": "w30", "30d_before": "w30b", "90d": "w90", "90d_before": "w90b"}
    aggregates = dict(
        n=bought.sum(),
        rows=pl.len(),
        first=pl.col("bought_at").min(),
        last=pl.col("bought_at").max(),
        monetary_total=amount.sum(),
        gross=pl.col("paid").sum(),
        monetary_std=pl.col("paid").std(),
        discount=pl.when(bought).then("discount").otherwise(0.0).sum(),
        weekend=(bought & pl.col("weekend")).sum(),
        monetary_last=amount.max_by("bought_at"),
    )
    for name, mask in windows.items():
        aggregates[f"purchases_{name}"] = (bought & pl.col(mask)).sum()
        aggregates[f"spend_{name}"] = pl.when(mask).then(amount).otherwise(0.0).sum()
    if gaps == "list":
        aggregates["moments"] = pl.col("bought_at")
    return frame.group_by("customer_id").agg(**aggregates)


def with_gaps(frame, as_of, gaps):
    table = sums(frame, as_of, gaps)
    if gaps == "list":
        moments = pl.col("moments").list
        spread = moments.drop_nulls().list.sort().list.diff().list.std() / DAY
        return table.with_columns(gap_std_days=spread).drop("moments")
    at = pl.col("at")
    same = pl.col("customer_id") == pl.col("customer_id").shift()
    purchases = frame.filter("bought").select("customer_id", "at").sort("customer_id", "at")
    rhythm = purchases.select("customer_id", gap=pl.when(same).then(at - at.shift()) / DAY)
    return table.join(rhythm.group_by("customer_id").agg(gap_std_days=pl.col("gap").std()), on="customer_id")


def features(log, as_of, gaps):
    table = with_gaps(rows(log, as_of), as_of, gaps)
    micros = int((as_of - datetime.datetime(1970, 1, 1)) / datetime.timedelta(microseconds=1))
    n, last = pl.col("n"), pl.col("monetary_last")
    recency, tenure = pl.col("recency_days"), pl.col("tenure_days")
    gross, mean, gap_mean = pl.col("gross"), pl.col("monetary_mean"), pl.col("gap_mean_days")
    listed = pl.col("gross") + pl.col("discount")
    now, before = pl.col("spend_90d").clip(lower_bound=0), pl.col("spend_90d_before").clip(lower_bound=0)
    bought_now, bought_before = pl.col("purchases_90d"), pl.col("purchases_90d_before")
    return (
        table.filter(n > 0)
        .with_columns(
            recency_days=(micros - pl.col("last")) / DAY,
            tenure_days=(micros - pl.col("first")) / DAY,
            monetary_mean=gross / n,
            gap_mean_days=pl.when(n > 1).then((pl.col("last") - pl.col("first")) / DAY / (n.cast(pl.Float64) - 1)),
        )
        .select(
            "customer_id",
            pl.lit(as_of.date()).alias("as_of"),
            "recency_days",
            "tenure_days",
            n.alias("frequency"),
            (30 * n / tenure.clip(lower_bound=30)).alias("purchase_rate"),
            "monetary_total",
            "monetary_mean",
            "monetary_std",
            "monetary_last",
            pl.when(mean > 0).then(last / mean).otherwise(1.0).alias("last_over_mean"),
            "gap_mean_days",
            (n < 2).cast(pl.Int32).alias("gap_mean_missing"),
            "gap_std_days",
            (n < 3).cast(pl.Int32).alias("gap_std_missing"),
            (recency / gap_mean.clip(lower_bound=1)).alias("recency_over_gap"),
            (n * recency / (tenure + 90)).alias("expected_since_last"),
            (n * ((tenure + 90) / (tenure - recency + 90)).log()).alias("silence_evidence"),
            "purchases_30d",
            "purchases_30d_before",
            "purchases_90d",
            "purchases_90d_before",
            "spend_30d",
            "spend_30d_before",
            "spend_90d",
            "spend_90d_before",
            ((1 + bought_now) / (1 + bought_before)).log().alias("purchases_trend_90d"),
            pl.when(mean > 0).then(((mean + now) / (mean + before)).log()).otherwise(0.0).alias("spend_trend_90d"),
            (pl.col("rows") - n).alias("returns_count"),
            pl.when(gross > 0)
            .then((gross - pl.col("monetary_total")) / gross)
            .otherwise(0.0)
            .alias("returns_share"),
            pl.when(listed > 0).then(pl.col("discount") / listed).otherwise(0.0).alias("discount_share"),
            (pl.col("weekend") / n).alias("weekend_share"),
        )
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--as-of", nargs="+", required=True, metavar="DATE", type=datetime.datetime.fromisoformat)
    parser.add_argument("--gaps", choices=["list", "sort"], default="list")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for as_of in arguments.as_of:
        table = features(arguments.log, as_of, arguments.gaps)
        table.sink_parquet(arguments.out / f"features-{as_of.date()}.parquet", compression="zstd", engine="streaming")


if __name__ == "__main__":
    main()
