#!/usr/bin/env python3
"""The 30 features of the catalogue, written for DuckDB.

    python3 benches/peers/features_duckdb.py LOG.parquet OUT --as-of DATE [DATE ...] [--threads N] [--gaps lag|list]

Needs duckdb. Reads a purchase log (customer_id, timestamp, amount, discount) and writes OUT/features-DATE.parquet, zstd,
one query for each date. Each query is what a competent user would write for speed: one pass with FILTERed aggregates,
gaps by `lag` over a window; `--gaps list` sorts a list of moments per customer instead.
"""

import argparse
import pathlib

import duckdb

# `bought` tells purchases from returns; a gap is the time since the purchase before it, in microseconds.
LAG = """
rows as (
    select customer_id, timestamp, amount, discount, amount >= 0 as bought,
        epoch_us(timestamp) - lag(epoch_us(timestamp)) over (partition by customer_id, amount >= 0 order by timestamp) as gap
    from read_parquet('{log}')
    where timestamp < timestamp '{as_of}'
),
"""
LIST = """
rows as (
    select customer_id, timestamp, amount, discount, amount >= 0 as bought
    from read_parquet('{log}')
    where timestamp < timestamp '{as_of}'
),
"""
GAP_STD = {
    "lag": "stddev_samp(gap) filter (bought) / 86400e6",
    "list": "list(epoch_us(timestamp)) filter (bought)",
}
GAP_STD_OF_LIST = """
list_stddev_samp(list_transform(list_zip(list_sort(gap_std)[2:], list_sort(gap_std)[:-2]), lambda p: p[1] - p[2])) / 86400e6
"""

QUERY = """
with {rows}
sums as (
    select customer_id,
        count(*) filter (bought) as n,
        count(*) filter (not bought) as returns_count,
        max(timestamp) filter (bought) as last,
        min(timestamp) filter (bought) as first,
        sum(amount) as monetary_total,
        sum(amount) filter (bought) as gross,
        -sum(amount) filter (not bought) as returned,
        sum(discount) filter (bought) as discount,
        stddev_samp(amount) filter (bought) as monetary_std,
        arg_max(amount, timestamp) filter (bought) as monetary_last,
        {gap_std} as gap_std,
        count(*) filter (bought and timestamp >= d30) as purchases_30d,
        count(*) filter (bought and timestamp >= d60 and timestamp < d30) as purchases_30d_before,
        count(*) filter (bought and timestamp >= d90) as purchases_90d,
        count(*) filter (bought and timestamp >= d180 and timestamp < d90) as purchases_90d_before,
        coalesce(sum(amount) filter (timestamp >= d30), 0) as spend_30d,
        coalesce(sum(amount) filter (timestamp >= d60 and timestamp < d30), 0) as spend_30d_before,
        coalesce(sum(amount) filter (timestamp >= d90), 0) as spend_90d,
        coalesce(sum(amount) filter (timestamp >= d180 and timestamp < d90), 0) as spend_90d_before,
        count(*) filter (bought and isodow(timestamp) >= 6) as weekend
    from rows
    group by customer_id
    having n > 0
),
spans as (
    select *,
        epoch_us(timestamp '{as_of}' - last) / 86400e6 as recency_days,
        epoch_us(timestamp '{as_of}' - first) / 86400e6 as tenure_days,
        gross / n as monetary_mean,
        case when n > 1 then epoch_us(last - first) / 86400e6 / (n - 1) end as gap_mean_days
    from sums
)
select customer_id,
    date '{as_of}' as as_of,
    recency_days,
    tenure_days,
    n as frequency,
    30 * n / greatest(tenure_days, 30) as purchase_rate,
    monetary_total,
    monetary_mean,
    monetary_std,
    monetary_last,
    case when monetary_mean > 0 then monetary_last / monetary_mean else 1 end as last_over_mean,
    gap_mean_days,
    (n < 2)::int as gap_mean_missing,
    {gap_std_days} as gap_std_days,
    (n < 3)::int as gap_std_missing,
    recency_days / greatest(gap_mean_days, case when n > 1 then 1 end) as recency_over_gap,
    n * recency_days / (tenure_days + 90) as expected_since_last,
    n * ln((tenure_days + 90) / (tenure_days - recency_days + 90)) as silence_evidence,
    purchases_30d,
    purchases_30d_before,
    purchases_90d,
    purchases_90d_before,
    spend_30d,
    spend_30d_before,
    spend_90d,
    spend_90d_before,
    ln((1 + purchases_90d) / (1 + purchases_90d_before)) as purchases_trend_90d,
    case when monetary_mean > 0
        then ln((monetary_mean + greatest(spend_90d, 0)) / (monetary_mean + greatest(spend_90d_before, 0)))
        else 0 end as spend_trend_90d,
    returns_count,
    case when gross > 0 then coalesce(returned, 0) / gross else 0 end as returns_share,
    case when gross + discount > 0 then discount / (gross + discount) else 0 end as discount_share,
    weekend / n as weekend_share
from spans
"""


def query(log, as_of, gaps):
    text = QUERY.format(
        rows=(LAG if gaps == "lag" else LIST).strip("\n").format(log=log, as_of=as_of),
        gap_std=GAP_STD[gaps],
        gap_std_days="gap_std" if gaps == "lag" else GAP_STD_OF_LIST.strip(),
        as_of=as_of,
    )
    for days in (180, 90, 60, 30):
        text = text.replace(f"d{days}", f"timestamp '{as_of}' - interval {days} day")
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--as-of", nargs="+", required=True, metavar="DATE")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--gaps", choices=["lag", "list"], default="lag")
    arguments = parser.parse_args()
    connection = duckdb.connect()
    # Rows come out in any order, which costs less time and memory.
    connection.execute("set preserve_insertion_order = false")
    if arguments.threads:
        connection.execute(f"set threads = {arguments.threads}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for as_of in arguments.as_of:
        table = arguments.out / f"features-{as_of}.parquet"
        text = query(arguments.log, as_of, arguments.gaps)
        connection.execute(f"copy ({text}) to '{table}' (format parquet, compression zstd)")


if __name__ == "__main__":
    main()
