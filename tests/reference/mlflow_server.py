"""Registers a model at a real MLflow server, and scores with what the server has.

    python mlflow_server.py CHURN PROJECT

CHURN is the program; PROJECT has a champion, the folder `model` exported with `--format mlflow`, and `sample.csv` with the raw
features and the program's own `rounded_probability`, of six decimals.

Run with mlflow 3.17.2, onnx 1.23.2, onnxruntime 1.31.1, pandas 3.1.1.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import numpy as np
import pandas as pd


def wait_for(address, server):
    for _ in range(240):
        try:
            with urllib.request.urlopen(address + "/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            assert server.poll() is None, "the server ended"
            time.sleep(0.5)
    raise AssertionError("the server did not start")


def check(model, table, what):
    # Columns are found by name: another order changes nothing.
    features = table.drop(columns="rounded_probability").astype(float)
    answer = model.predict(features[features.columns[::-1]])
    difference = float(np.max(np.abs(np.asarray(answer["churn_probability"]) - table["rounded_probability"])))
    print(f"{what}: {len(table)} rows, largest difference {difference:.2e}")
    assert difference <= 0.5e-6 + 1e-12


def main(churn, project):
    import mlflow

    project = pathlib.Path(project)
    table = pd.read_csv(project / "sample.csv")
    check(mlflow.pyfunc.load_model(str(project / "model")), table, "folder, pyfunc")
    assert mlflow.onnx.load_model(str(project / "model")).graph.name == "churn"
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        address = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/files"]
        log = open(f"{folder}/log", "w")
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, start_new_session=True)
        try:
            wait_for(address, server)
            export = [churn, "models", "export", str(project), "--format", "mlflow", "--register", "shop", "--alias", "champion"]
            environment = {**os.environ, "MLFLOW_TRACKING_URI": address}
            answers = []
            for _ in range(2):
                ended = subprocess.run(export + ["--json"], env=environment, capture_output=True, text=True)
                assert ended.returncode == 0, ended.stderr
                answers.append(json.loads(ended.stdout)["result"]["registered"])
            assert answers == [{"name": "shop", "version": "1", "already": a} for a in (False, True)], answers
            mlflow.set_tracking_uri(address)
            client = mlflow.MlflowClient()
            version = client.get_model_version_by_alias("shop", "champion")
            assert version.version in (1, "1") and "churn.content_sha256" in version.tags
            run = client.get_run(version.run_id)
            metrics = json.loads(next(project.glob("models/*/20*/metrics.json")).read_text())
            assert run.info.status == "FINISHED"
            assert run.data.metrics["test_roc_auc"] == metrics["model"]["roc_auc"]["value"]
            print(f"run: {len(run.data.metrics)} metrics, {len(run.data.params)} params")
            check(mlflow.pyfunc.load_model("models:/shop@champion"), table, "registry, pyfunc")
        finally:
            os.killpg(server.pid, 15)
            server.wait(30)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
