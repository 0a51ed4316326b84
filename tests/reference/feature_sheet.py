"""Features of the customers of a small sheet, computed from what their descriptions say.

Reads transactions.csv, customers.csv and events.csv, which were written by hand, from
crates/feature-engineering/tests/sheet/ and writes expected.csv there: one row per eligible customer, one column per
feature, an empty cell for a missing value. Nothing here was taken from the Rust code: each feature is a line of plain
Python that says what its description in the catalogue says.

Run: python3 tests/reference/feature_sheet.py (made with CPython 3.11, standard library alone)
"""

import csv
import math
import statistics
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

SHEET = Path(__file__).resolve().parents[2] / "crates/feature-engineering/tests/sheet"
ZONE = ZoneInfo("Europe/Bucharest")
AS_OF = datetime(2026, 4, 15)
ACTIVE_WITHIN = timedelta(days=180)
DAY = timedelta(days=1)


def moment(text):
    """Wall-clock time in the shop; None for an empty cell."""
    if not text:
        return None
    parsed = datetime.fromisoformat(text)
    return parsed.astimezone(ZONE).replace(tzinfo=None) if parsed.tzinfo else parsed


def table(name):
    with open(SHEET / name, newline="") as file:
        return list(csv.DictReader(file))


def ago(when):
    return (AS_OF - when) / DAY


def within(rows, start, end=0):
    """Rows from `start` days before the as-of date (included) to `end` days before it (excluded)."""
    return [row for row in rows if AS_OF - start * DAY <= row["at"] < AS_OF - end * DAY]


def mean(values):
    return math.fsum(values) / len(values) if values else None


def deviation(values):
    return statistics.stdev(values) if len(values) > 1 else None


def over(a, b):
    return None if a is None or b is None or b == 0 else float(a) / float(b)


def less(a, b):
    return None if a is None or b is None else a - b


def against(now, before):
    return None if now is None or before is None else math.log((1 + now) / (1 + before))


def slope(values):
    """Least squares over 0, 1, 2, .."""
    middle = (len(values) - 1) / 2
    return sum((x - middle) * y for x, y in enumerate(values)) / sum((x - middle) ** 2 for x in range(len(values)))


def months(rows):
    """The last six stretches of 30 days, the oldest first."""
    return [within(rows, 30 * n, 30 * (n - 1)) for n in range(6, 0, -1)]


def total(rows, column):
    return float(sum((row[column] for row in rows), Decimal(0)))


def top_share(labels):
    labels = [label for label in labels if label]
    return max(Counter(labels).values()) / len(labels) if labels else None


def flag(truth):
    return 1.0 if truth else 0.0


def read():
    lines, events = [], []
    for row in table("transactions.csv"):
        numbers = {name: Decimal(row[name]) for name in ("amount", "discount", "margin", "quantity")}
        lines.append({**row, **numbers, "at": moment(row["timestamp"])})
    for row in table("events.csv"):
        row = {**row, "at": moment(row["timestamp"]), "resolved": moment(row["resolved_at"])}
        row["value"] = float(row["value"]) if row["value"] else None
        if row["resolved"] and row["resolved"] >= AS_OF:
            row["resolved"] = None  # nobody could know
        if row["at"] < AS_OF and moment(row["recorded_at"]) < AS_OF:
            events.append(row)
    lines = sorted((line for line in lines if line["at"] < AS_OF), key=lambda line: line["at"])
    signups = {row["customer_id"]: moment(row["signup_date"]) for row in table("customers.csv")}
    ends = {row["customer_id"]: moment(row["contract_end"]) for row in table("customers.csv")}
    return lines, sorted(events, key=lambda event: event["at"]), signups, ends


def bills(lines):
    """Lines of one order at one moment belong together; so do those of one moment without an order, what was bought and
    what came back apart."""
    found = {}
    for line in lines:
        apart = () if line["order_id"] else (line["amount"] < 0,)
        bill = found.setdefault((line["at"], line["order_id"], *apart), {**line, "amount": Decimal(0), "discount": Decimal(0),
                                                                        "margin": Decimal(0), "quantity": Decimal(0)})
        for name in ("amount", "discount", "margin", "quantity"):
            bill[name] += line[name]
    return list(found.values())


def purchases_of(sales):
    """All parts of an order are one purchase, at the moment of the first."""
    found = {}
    for number, sale in enumerate(sales):
        key = sale["order_id"] or number
        if key in found:
            for name in ("amount", "discount", "margin", "quantity"):
                found[key][name] += sale[name]
        else:
            found[key] = dict(sale)
    return list(found.values())


def is_late(event):
    """Whether the working days that were promised, from the day after the event on, were over before the day of the
    resolution, or before the as-of date where there is none yet."""
    left, day = (3 if event["channel"] == "third_party" else 1), event["at"].date()
    while left:
        day += DAY
        left -= day.weekday() < 5
    return (event["resolved"] or AS_OF).date() > day


def of_purchases(f, lines, first_day):
    rows = bills(lines)
    sales = [row for row in rows if row["amount"] >= 0]
    returns = [row for row in rows if row["amount"] < 0]
    bought = purchases_of(sales)
    ages = [ago(row["at"]) for row in bought]
    gaps = [a - b for a, b in zip(ages, ages[1:])]
    n, recency, tenure = len(bought), ages[-1], ages[0]
    gap_mean, gap_std = mean(gaps), deviation(gaps)
    gap_median = statistics.median(gaps) if gaps else None
    f["recency_days"], f["tenure_days"], f["frequency"] = recency, tenure, n
    f["left_censored"] = flag(bought[0]["at"] < first_day + 30 * DAY)
    f["gap_mean_days"], f["gap_std_days"], f["gap_median_days"] = gap_mean, gap_std, gap_median
    f["gap_mean_missing"], f["gap_std_missing"] = flag(n < 2), flag(n < 3)
    f["gap_max_days"] = max(gaps, default=None)
    f["gap_variation"] = over(gap_std, gap_mean)
    f["gap_burstiness"] = None if gap_std is None else over(gap_std - gap_mean, gap_std + gap_mean)
    f["recency_over_gap"] = recency / max(gap_mean, 1) if gaps else None
    f["recency_over_median_gap"] = recency / max(gap_median, 1) if gaps else None
    f["overdue"] = flag(recency > max(gaps)) if gaps else None
    f["expected_since_last"] = n / (tenure + 90) * recency
    f["silence_evidence"] = n * math.log((tenure + 90) / (ages[0] - ages[-1] + 90))
    f["purchase_days"] = len({row["at"].date() for row in bought})
    f["purchase_rate"] = n / (max(tenure, 30) / 30)
    count = lambda start, end=0: len(within(bought, start, end))
    for days in (30, 90):
        f[f"purchases_{days}d"], f[f"purchases_{days}d_before"] = count(days), count(2 * days, days)
        f[f"purchases_trend_{days}d"] = against(count(days), count(2 * days, days))
    f["purchases_180d"], f["purchases_365d"] = count(180), count(365)
    f["purchases_slope_180d"] = slope([len(month) for month in months(bought)])
    f["weekend_share"] = sum(row["at"].weekday() >= 5 for row in bought) / n
    f["weekday_top_share"] = top_share([row["at"].strftime("%A") for row in bought])
    seen = (AS_OF - first_day).days
    season = count(365, 275)
    f["purchases_season_last_year"] = season if seen >= 365 else None
    f["season_share"] = over(season, count(365)) if seen >= 365 else None
    f["channels"] = len({row["channel"] for row in bought})
    f["channel_top_share"] = top_share([row["channel"] for row in bought])
    f["channel_top_share_90d"] = top_share([row["channel"] for row in within(bought, 90)])

    amounts = [float(row["amount"]) for row in bought]
    spent = lambda start, end=0: total(within(rows, start, end), "amount")
    f["monetary_total"], f["monetary_mean"], f["monetary_std"] = total(rows, "amount"), mean(amounts), deviation(amounts)
    f["monetary_median"], f["monetary_max"] = statistics.median(amounts), max(amounts)
    f["monetary_first"], f["monetary_last"] = amounts[0], amounts[-1]
    f["last_over_mean"] = amounts[-1] / mean(amounts) if mean(amounts) else 1
    for days in (30, 90):
        f[f"spend_{days}d"], f[f"spend_{days}d_before"] = spent(days), spent(2 * days, days)
    f["spend_365d"] = spent(365)
    m, now, before = mean(amounts), max(spent(90), 0), max(spent(180, 90), 0)
    f["spend_trend_90d"] = math.log((m + now) / (m + before)) if m else 0
    f["spend_slope_180d"] = slope([total(month, "amount") for month in months(rows)])
    f["quantity_mean"] = mean([float(row["quantity"]) for row in bought])
    f["quantity_last_over_mean"] = over(bought[-1]["quantity"], f["quantity_mean"])

    items = [line for line in lines if line["amount"] >= 0]
    products = lambda rows: len({row["product"] for row in rows if row["product"]})
    categories = lambda rows: len({row["category"] for row in rows if row["category"]})
    f["lines_per_purchase"] = len(items) / n
    f["products"], f["product_top_share"] = products(items), top_share([line["product"] for line in items])
    f["products_trend_90d"] = against(products(within(items, 90)), products(within(items, 180, 90)))
    f["categories"], f["categories_90d"] = categories(items), categories(within(items, 90))
    by_category = Counter()
    for line in items:
        if line["category"]:
            by_category[line["category"]] += line["amount"]
    everything = sum(by_category.values())
    f["category_concentration"] = float(sum((x / everything) ** 2 for x in by_category.values())) if everything else None

    gross = total(sales, "amount")
    f["returns_count"], f["returns_90d"] = len(returns), len(within(returns, 90))
    f["returns_share"] = -total(returns, "amount") / gross if gross else 0
    f["days_since_return"] = ago(returns[-1]["at"]) if returns else None
    price = lambda rows: total(rows, "amount") + total(rows, "discount")
    given = lambda rows: min(max(over(total(rows, "discount"), price(rows)) or 0, 0), 1)
    f["discount_share"], f["discount_share_90d"] = given(sales), given(within(sales, 90))
    f["discounted_share"] = sum(row["discount"] > 0 for row in sales) / len(sales)
    f["first_discount_share"] = given(bought[:1])
    f["margin_total"], f["margin_90d"] = total(rows, "margin"), total(within(rows, 90), "margin")
    f["margin_share"] = over(total(sales, "margin"), gross)


def of_events(f, events, signup, first_day):
    of = lambda *kinds: [event for event in events if event["type"] in kinds]
    since = lambda rows: ago(rows[-1]["at"]) if rows else None
    values = lambda rows: [row["value"] for row in rows if row["value"] is not None]
    last = lambda values: values[-1] if values else None
    for kind, plural in (("visit", "visits"), ("login", "logins"), ("training", "trainings")):
        f[f"{plural}_30d"], f[f"{plural}_90d"] = len(within(of(kind), 30)), len(within(of(kind), 90))
        f[f"{plural}_30d_before"] = len(within(of(kind), 60, 30))
        f[f"days_since_{kind}"] = since(of(kind))
        f[f"{plural}_trend_30d"] = against(len(within(of(kind), 30)), len(within(of(kind), 60, 30)))
    sent, opened, clicked = of("email_sent"), of("email_open"), of("email_click")
    for name, rows in (("sent", sent), ("opened", opened), ("clicked", clicked)):
        f[f"emails_{name}_90d"] = len(within(rows, 90))
    share = over(len(within(opened, 90)), len(within(sent, 90)))
    f["email_open_share_90d"] = None if share is None else min(share, 1)
    change = lambda rows: against(len(within(rows, 90)), len(within(rows, 180, 90)))
    f["email_open_trend_90d"] = change(opened) - change(sent)
    f["days_since_email_open"] = since(opened)
    unanswered = lambda rows, answers, days: sum(
        row["at"] + days * DAY <= AS_OF
        and not any(row["at"] <= answer["at"] < row["at"] + days * DAY for answer in answers)
        for row in rows
    )
    f["emails_unopened_90d"] = unanswered(within(sent, 90), opened, 14)
    f["days_since_contact"] = since(of("visit", "login", "email_open", "email_click", "call", "quote_request", "quote_followup", "training"))
    signs = [ago(event["at"]) for event in of("visit", "login", "training", "email_open", "call", "quote_request")]
    silent, known = min(signs + [f["recency_days"]]), max(signs + [f["tenure_days"]])
    f["days_since_sign_of_life"] = silent
    f["expected_signs_since_last"] = (f["frequency"] + len(signs)) / (known + 90) * silent
    calls = of("call")
    f["calls_90d"], f["days_since_call"] = len(within(calls, 90)), since(calls)
    f["quote_requests_365d"] = len(within(of("quote_request"), 365))
    f["days_since_quote_request"], f["days_since_quote_followup"] = since(of("quote_request")), since(of("quote_followup"))
    f["quotes_without_followup"] = unanswered(within(of("quote_request"), 365), of("quote_followup"), 7)
    early = signup and [call for call in calls if signup <= call["at"] < signup + 30 * DAY]
    known = signup is not None and first_day <= signup < AS_OF
    f["no_first_call"] = flag(signup + 30 * DAY <= AS_OF and not early) if known else None
    f["days_since_signup"] = ago(signup) if signup and signup < AS_OF else None
    f["events_90d"], f["days_since_event"] = len(within(events, 90)), since(events)
    for kind, plural in (("complaint", "complaints"), ("ticket", "tickets")):
        f[f"{plural}_open"] = sum(event["resolved"] is None for event in of(kind))
        f[f"{plural}_90d"], f[f"{plural}_365d"] = len(within(of(kind), 90)), len(within(of(kind), 365))
        f[f"days_since_{kind}"] = since(of(kind))
    problems = within(of("complaint", "ticket"), 365)
    f["days_to_resolve"] = mean([(event["resolved"] - event["at"]) / DAY for event in problems if event["resolved"]])
    f["promises_broken"] = sum(is_late(event) for event in problems)
    f["promises_broken_share"] = over(f["promises_broken"], len(problems))
    nps, csat, ratings = values(of("nps")), values(of("csat")), sorted(of("csat", "review"), key=lambda e: (e["at"], e["type"] == "csat"))
    f["nps_last"], f["nps_trend"] = last(nps), less(last(nps), mean(nps))
    f["nps_detractor"] = flag(nps[-1] <= 6) if nps else None
    f["csat_last"] = last(csat)
    f["satisfaction_index"] = mean(values(within(ratings, 365)))
    f["satisfaction_trend"] = less(last(values(ratings)), mean(values(ratings)))
    f["low_ratings_365d"] = sum(value < 3 for value in values(within(ratings, 365)))
    f["days_since_nps"] = since(of("nps"))
    f["renewals"], f["days_since_renewal"] = len(of("renewal")), since(of("renewal"))


FLAGGED = """days_since_visit days_since_login days_since_training email_open_share_90d days_since_email_open
    days_since_contact days_since_call days_since_complaint days_since_ticket days_to_resolve nps_last csat_last
    satisfaction_index days_since_renewal""".split()


def main():
    lines, events, signups, ends = read()
    first_day = datetime.combine(lines[0]["at"].date(), datetime.min.time())
    rows = []
    for customer in sorted({line["customer_id"] for line in lines}):
        own = [line for line in lines if line["customer_id"] == customer]
        bought = purchases_of([bill for bill in bills(own) if bill["amount"] >= 0])
        if not bought or bought[-1]["at"] < AS_OF - ACTIVE_WITHIN:
            continue
        f = {"customer_id": customer}
        of_purchases(f, own, first_day)
        of_events(f, [event for event in events if event["customer_id"] == customer], signups[customer], first_day)
        end = ends[customer]
        f["contract_days_left"] = (end - AS_OF) / DAY if end else None
        f["contract_ends_90d"] = flag(0 <= (end - AS_OF) / DAY < 90) if end else None
        year = datetime(AS_OF.year, 1, 1)
        angle = 2 * math.pi * ((AS_OF - year) / (datetime(AS_OF.year + 1, 1, 1) - year))
        f["as_of_year_cosine"], f["as_of_year_sine"] = math.cos(angle), math.sin(angle)
        f |= {f"{name}_missing": flag(f[name] is None) for name in FLAGGED}
        rows.append(f)
    with open(SHEET / "expected.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rows[0])
        writer.writerows(["" if f[name] is None else f[name] if isinstance(f[name], str) else repr(float(f[name])) for name in rows[0]] for f in rows)


if __name__ == "__main__":
    main()
