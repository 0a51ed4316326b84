"""The scores as a Dagster asset, made every night; for Dagster 1.7 or later."""

from __future__ import annotations

import json
import subprocess

from dagster import (
    AssetExecutionContext,
    Backoff,
    Definitions,
    Failure,
    MaterializeResult,
    RetryPolicy,
    ScheduleDefinition,
    asset,
    define_asset_job,
)

PROJECT = "/srv/churn/shop"
# These may pass by themselves: another run holds the project, no room, a server that did not do its part.
MAY_PASS = {1, 4, 5, 6, 130, 143}


@asset(retry_policy=RetryPolicy(max_retries=3, delay=600, backoff=Backoff.EXPONENTIAL))
def churn_scores(context: AssetExecutionContext) -> MaterializeResult:
    ended = subprocess.run(
        ["churn", "score", PROJECT, "--incremental", "--json", "--log", "json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
    )
    for line in ended.stderr.splitlines():
        context.log.info(line)
    answer = json.loads(ended.stdout) if ended.stdout.strip() else {}
    if ended.returncode != 0:
        error = (answer.get("error") or {}).get("message", f"exit code {ended.returncode}")
        raise Failure(description=error, allow_retries=ended.returncode in MAY_PASS)
    result = answer["result"]
    numbers = ("eligible", "lapsed", "new", "expected_churners", "value_at_risk")
    return MaterializeResult(metadata={"model": result["model"], "as_of": result["as_of"], **{name: result[name] for name in numbers}})


nightly = ScheduleDefinition(job=define_asset_job("churn_nightly", selection=[churn_scores]), cron_schedule="15 3 * * *")
definitions = Definitions(assets=[churn_scores], schedules=[nightly])
