"""`churn sync` into a real CRM: a thousand customers' scores into custom fields of BottleCRM, read back equal; a second run that
writes nothing; a run that is killed and resumes. Started by bottlecrm.sh."""

import csv
import json
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

CUSTOMERS = 1_000
MODEL = "2026-04-02-0123abcd"
BANDS = ["low", "medium", "high", "critical"]
SECTION = """
[[sync]]
name = "bottle"
target = "rest"
address = "{address}"
token = "env:BOTTLE_TOKEN"
fields = {{ churn_probability = "churn_probability", churn_band = "risk_band" }}

[sync.rest]
name = "BottleCRM"
drops_unknown_fields = true
calls_per_second = 200

[sync.rest.write]
method = "PATCH"
path = "api/contacts/{{key}}/"
body = {{ custom_fields = "$fields" }}

[sync.rest.read]
method = "GET"
path = "api/contacts/{{key}}/"
field = "{field}"
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def postgres(folder):
    """A server of our own; it does not run as root."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    binaries = found[-1] if found else Path(shutil.which("initdb") or sys.exit("no PostgreSQL here")).parent
    user = {}
    if os.getuid() == 0:
        owner = pwd.getpwnam("postgres")
        user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    data = str(folder / "data")
    subprocess.run([binaries / "initdb", "-D", data, "-U", "crm", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"], check=True, **quiet, **user)
    port = free_port()
    options = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={port}", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]
    server = subprocess.Popen([binaries / "postgres", "-D", data, *options], **quiet, **user)
    for _ in range(100):
        if subprocess.run([binaries / "psql", "-h", "127.0.0.1", "-p", str(port), "-U", "crm", "-c", "create database bfast", "postgres"], **quiet).returncode == 0:
            return server, port
        time.sleep(0.1)
    sys.exit("PostgreSQL did not start")


class Bottle:
    def __init__(self, folder, port):
        self.bin = Path(sys.executable).parent
        self.folder = folder
        (folder / "pgfast.py").write_text(
            "from crm.settings import *\n"
            "class _No(dict):\n    def __contains__(s, k): return True\n    def __getitem__(s, k): return None\n"
            # Three hundred migrations take minutes; row-level security is off then, the interface is the same.
            "MIGRATION_MODULES = _No()\n"
        )
        self.environment = {
            **os.environ, "SECRET_KEY": os.urandom(24).hex(), "ENV_TYPE": "dev", "DEBUG": "True", "ALLOWED_HOSTS": "127.0.0.1",
            "DBNAME": "bfast", "DBUSER": "crm", "DBPASSWORD": "crm", "DBHOST": "127.0.0.1", "DBPORT": str(port),
            "DEFAULT_FROM_EMAIL": "n@example.invalid", "ADMIN_EMAIL": "a@example.invalid", "CELERY_BROKER_URL": "memory://",
            "CELERY_RESULT_BACKEND": "cache+memory://", "FRONTEND_URL": "http://localhost:5181", "GOOGLE_CLIENT_ID": "x",
            "GOOGLE_CLIENT_SECRET": "x", "CORS_ALLOWED_ORIGINS": "http://localhost:5181", "DOMAIN_NAME": "http://localhost:8000",
            "PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": "pgfast",
        }
        self.django("migrate", "--run-syncdb")
        none = [f"--{what}=0" for what in ("leads", "accounts", "opportunities", "tasks", "goals", "teams", "tags", "products", "invoices", "estimates", "recurring-invoices", "invoice-templates", "cases", "users-per-org")]
        self.django("seed_data", "--email", "churn@example.com", "--orgs", "1", f"--contacts={CUSTOMERS}", "--seed", "7", "--password", "Pw-123456x", "--no-input", *none)
        said = self.shell(
            "from common.models import Profile, PersonalAccessToken as P\nfrom contacts.models import Contact\n"
            "p = Profile.objects.get(user__email='churn@example.com')\n"
            "print('TOKEN', P.generate(p, 'churn', scopes=[])[0])\n"
            "for c in Contact.objects.all(): print('ID', c.id)\n"
        )
        words = [line.split() for line in said.splitlines()]
        self.token = next(word[1] for word in words if word[:1] == ["TOKEN"])
        self.ids = sorted(word[1] for word in words if word[:1] == ["ID"])
        self.address = f"http://127.0.0.1:{free_port()}"
        self.server = subprocess.Popen(
            [self.bin / "django-admin", "runserver", "--noreload", self.address.removeprefix("http://")],
            env=self.environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=(folder / "server.log").open("wb"),
        )
        for _ in range(600):
            if self.server.poll() is not None:
                sys.exit((folder / "server.log").read_text()[-2000:])
            try:
                self.call("GET", "api/contacts/?limit=1")
                break
            except OSError:
                time.sleep(0.2)
        for key, kind in (("churn_probability", "number"), ("churn_band", "text")):
            self.call("POST", "api/custom-fields/", {"target_model": "Contact", "key": key, "label": key, "field_type": kind})

    def django(self, *arguments):
        ran = subprocess.run([self.bin / "django-admin", *arguments], env=self.environment, cwd=self.folder, capture_output=True, text=True)
        if ran.returncode != 0:
            sys.exit(f"{arguments[0]}: {ran.stdout[-2000:]}{ran.stderr[-2000:]}")
        return ran.stdout

    def shell(self, code):
        ran = subprocess.run([self.bin / "django-admin", "shell"], input=code, env=self.environment, cwd=self.folder, capture_output=True, text=True)
        return ran.stdout if ran.returncode == 0 else sys.exit(ran.stderr[-2000:])

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(f"{self.address}/{path}", data, headers, method=method), timeout=60) as answer:
            return json.load(answer)

    def held(self):
        """The custom fields of every contact, from the database."""
        said = self.shell(
            "import json\nfrom contacts.models import Contact\n"
            "for c in Contact.objects.all(): print('HELD', json.dumps([str(c.id), c.custom_fields]))\n"
        )
        return dict(json.loads(line[5:]) for line in said.splitlines() if line.startswith("HELD "))


def write_scores(folder, ids, night):
    """Scores of a night; returns what the CRM should hold."""
    chance = random.Random(night)
    planned = {}
    with open(folder / "out/scores.csv", "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["customer_id", "as_of", "model", "state", "churn_probability", "risk_band"])
        for key in ids:
            churn = round(chance.random(), 6)
            band = BANDS[int(churn * 4)]
            table.writerow([key, f"2026-07-0{night}", MODEL, "eligible", churn, band])
            planned[key] = (round(churn, 4), band)
    return planned


def same(held, planned):
    found = {key: (fields.get("churn_probability"), fields.get("churn_band")) for key, fields in held.items()}
    wrong = {key: (found.get(key), want) for key, want in planned.items() if found.get(key) is None or found[key][0] is None or abs(float(found[key][0]) - want[0]) > 1e-9 or found[key][1] != want[1]}
    assert not wrong, f"{len(wrong)} differ, such as {next(iter(wrong.items()))}"


def main(churn):
    folder = Path(tempfile.mkdtemp(prefix="churn-bottle-"))
    folder.chmod(0o755)
    database = folder / "postgres"
    database.mkdir()
    server, port = postgres(database)
    bottle = None
    try:
        bottle = Bottle(folder, port)
        assert len(bottle.ids) == CUSTOMERS, len(bottle.ids)
        # Where a contact's answer has its custom fields.
        answer = bottle.call("GET", f"api/contacts/{bottle.ids[0]}/")
        field = "/contact_obj/custom_fields/{name}" if "contact_obj" in answer else "/custom_fields/{name}"
        (folder / f"models/acme/{MODEL}").mkdir(parents=True)
        (folder / f"models/acme/{MODEL}/model.json").write_text("{}")
        (folder / "out").mkdir()
        section = SECTION.format(address=bottle.address, field=field)
        (folder / "churn.toml").write_text(f'name = "acme"\n[transactions]\npath = "orders.csv"\n{section}')
        environment = {**os.environ, "BOTTLE_TOKEN": bottle.token}

        def sync():
            ran = subprocess.run([churn, "sync", folder, "--json"], env=environment, capture_output=True, text=True)
            assert bottle.token not in ran.stdout + ran.stderr
            said = json.loads(ran.stdout)
            return ran.returncode, said["result"]["targets"][0] if said["result"] else said

        # A contact more than the CRM has: none is made.
        stranger = "00000000-0000-4000-8000-000000000000"
        planned = write_scores(folder, [*bottle.ids, stranger], 1)
        code, said = sync()
        assert code == 0 and said["written"] == CUSTOMERS and said["no_match"] == 1, said
        planned.pop(stranger)
        held = bottle.held()
        same(held, planned)
        assert len(held) == CUSTOMERS
        print(f"first run: {said['written']} written, {said['no_match']} not there, read back equal")

        code, said = sync()
        assert code == 0 and said["unchanged"] == CUSTOMERS and said["written"] == 0, said
        print(f"second run: {said['unchanged']} unchanged, {said['calls']} calls")

        planned = write_scores(folder, bottle.ids, 2)
        for seconds in (4, 9):
            run = subprocess.Popen([churn, "sync", folder, "--quiet"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(seconds)
            run.send_signal(signal.SIGKILL)
            run.wait()
        code, said = sync()
        assert code == 0 and said["left"] == 0 and said["in_doubt"] == 0, said
        assert 0 < said["unchanged"] < CUSTOMERS, said
        same(bottle.held(), planned)
        print(f"killed twice: {said['unchanged']} were written before, {said['written']} after, {said['held_already']} held already; all equal")
    finally:
        if bottle is not None:
            bottle.server.terminate()
            bottle.server.wait()
        server.send_signal(signal.SIGINT)
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).resolve()))
