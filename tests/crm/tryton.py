"""`churn sync` into a real CRM by the general adapter: Tryton over JSON-RPC, which answers every error with status 200. Started by tryton.sh."""

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from real import CUSTOMERS, free_port, prove

PASSWORD = "Pw-123456x"
SECTION = """
[[sync]]
name = "tryton"
target = "rest"
address = "{address}"
token = "env:TRYTON_SESSION"
prefix = "Session "
read_first = "always"                # an error does not say whether the record is there: it is looked for first
fields = {{ churn_probability = "churn_probability", churn_band = "risk_band", churn_reason = "reason_1" }}

[sync.rest]
name = "Tryton"
number_keys = true
calls_per_second = 200

[sync.rest.write]
method = "POST"
path = "churn/rpc/"
body = {{ id = 1, method = "model.party.party.write", params = [["$key"], "$fields", {{}}] }}

[sync.rest.answer]
success = {{ at = "/result" }}
code = "/error/0"
message = "/error/1/0"
busy = ["ConcurrencyException"]

[sync.rest.read]
method = "POST"
path = "churn/rpc/"
body = {{ id = 1, method = "model.party.party.search_read", params = [[["id", "in", "$keys"]], 0, 1000, [["id", "ASC"]], "$names", {{}}] }}
batch = 100
rows = "/result"
key = "/id"
field = "/{{name}}"
"""


class Tryton:
    def __init__(self, folder):
        self.folder = folder
        self.bin = Path(sys.executable).parent
        (folder / "db").mkdir()
        self.database = folder / "db/churn.sqlite"
        # Tryton takes a database that is there, be it empty.
        self.database.touch()
        (folder / "password").write_text(PASSWORD)
        self.address = f"http://127.0.0.1:{free_port()}"
        listen = self.address.removeprefix("http://")
        (folder / "trytond.conf").write_text(f"[database]\nuri = sqlite://\npath = {folder}/db\n[web]\nlisten = {listen}\n")
        # The module of tests/crm/tryton_module, as an installed package would name it.
        modules = folder / "modules"
        shutil.copytree(Path(__file__).parent / "tryton_module", modules / "churn_score")
        (modules / "churn_score-8.2.0.dist-info").mkdir()
        (modules / "churn_score-8.2.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: churn-score\nVersion: 8.2.0\n")
        (modules / "churn_score-8.2.0.dist-info/entry_points.txt").write_text("[trytond.modules]\nchurn_score = churn_score\n")
        self.environment = {**os.environ, "TRYTONPASSFILE": str(folder / "password"), "PYTHONPATH": str(modules)}
        self.admin("--all", "--email", "admin@example.invalid")
        self.admin("-u", "churn_score", "--activate-dependencies")
        self.server = subprocess.Popen(
            [self.bin / "trytond", "-c", folder / "trytond.conf", "-d", "churn"], env=self.environment, cwd=folder,
            stdout=subprocess.DEVNULL, stderr=(folder / "server.log").open("wb"),
        )
        try:
            self.session = self.log_in()
            names = [{"name": f"Party {n}", "addresses": []} for n in range(CUSTOMERS)]
            self.ids = [str(number) for number in self.call("model.party.party.create", [names, {}])]
        except BaseException:
            self.stop()
            raise

    def admin(self, *arguments):
        command = [self.bin / "trytond-admin", "-c", self.folder / "trytond.conf", "-d", "churn", *arguments]
        ran = subprocess.run(command, env=self.environment, cwd=self.folder, capture_output=True, text=True)
        if ran.returncode != 0:
            sys.exit(f"trytond-admin {arguments[0]}: {ran.stderr[-2000:]}")

    def log_in(self):
        for _ in range(300):
            if self.server.poll() is not None:
                sys.exit((self.folder / "server.log").read_text()[-2000:])
            try:
                user, session, *_ = self.call("common.db.login", ["admin", {"password": PASSWORD}], None)
                return base64.b64encode(f"admin:{user}:{session}".encode()).decode()
            except OSError:
                time.sleep(0.1)
        sys.exit("Tryton did not start")

    def call(self, method, params, session=True):
        headers = {"Content-Type": "application/json"}
        if session:
            headers["Authorization"] = f"Session {self.session}"
        body = json.dumps({"id": 1, "method": method, "params": params}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.address}/churn/rpc/", body, headers), timeout=60) as answer:
            said = json.load(answer)
        assert "error" not in said, said["error"][0]
        return said["result"]

    def held(self):
        """The fields of every party, from the database."""
        with sqlite3.connect(self.database) as database:
            rows = database.execute("select id, churn_probability, churn_band from party_party").fetchall()
        return {str(key): (probability, band) for key, probability, band in rows if str(key) in set(self.ids) or probability is not None}

    def stop(self):
        self.server.terminate()
        self.server.wait()


def main(churn):
    folder = Path(tempfile.mkdtemp(prefix="churn-tryton-"))
    tryton = None
    try:
        tryton = Tryton(folder)
        project = folder / "project"
        project.mkdir()
        section = SECTION.format(address=tryton.address)
        prove(churn, project, section, ("TRYTON_SESSION", tryton.session), tryton.ids, "999999999", tryton.held)
    finally:
        if tryton is not None:
            tryton.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).resolve()))
