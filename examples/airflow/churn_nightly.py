"""Scores every night, after the export has come; for Airflow 2.7 or later.

Exit codes decide what is tried again: 4 (another run holds the project), 5 (output could not be written) and 6 (a server did not do its
part) may pass by themselves; 2 (usage), 3 (input refused) and 7 (a gate said no) never do, so the task fails at once.
"""

from __future__ import annotations

import json
import subprocess
from datetime import datetime, timedelta

from airflow.decorators import dag, task
from airflow.exceptions import AirflowException, AirflowFailException
from airflow.sensors.filesystem import FileSensor

PROJECT = "/srv/churn/shop"
MAY_PASS = {1, 4, 5, 6, 130, 143}


@dag(
    schedule="15 3 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(minutes=10), "retry_exponential_backoff": True},
    tags=["churn"],
)
def churn_nightly():
    export = FileSensor(task_id="export", filepath=f"{PROJECT}/exports/_SUCCESS", poke_interval=300, timeout=3 * 3600, mode="reschedule")

    @task
    def score() -> dict:
        # Airflow sends SIGTERM to a task that is stopped; so does this to its child.
        process = subprocess.Popen(
            ["churn", "score", PROJECT, "--incremental", "--json", "--log", "json"], stdout=subprocess.PIPE, text=True
        )
        try:
            output, _ = process.communicate()
        except BaseException:
            process.terminate()
            process.wait(timeout=30)
            raise
        answer = json.loads(output) if output.strip() else {}
        if process.returncode == 0:
            return answer["result"]
        error = (answer.get("error") or {}).get("message", f"exit code {process.returncode}")
        raise (AirflowException if process.returncode in MAY_PASS else AirflowFailException)(error)

    export >> score()


churn_nightly()
