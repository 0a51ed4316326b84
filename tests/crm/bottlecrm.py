"""`churn sync` into a real CRM: a thousand customers' scores into custom fields of BottleCRM, read back equal; a second run that
writes nothing; a run that is killed and resumes. Started by bottlecrm.sh."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from real import CUSTOMERS, free_port, prove

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
        fields = dict(json.loads(line[5:]) for line in said.splitlines() if line.startswith("HELD "))
        return {key: (held.get("churn_probability"), held.get("churn_band")) for key, held in fields.items()}


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
        project = folder / "project"
        project.mkdir()
        section = SECTION.format(address=bottle.address, field=field)
        stranger = "00000000-0000-4000-8000-000000000000"
        prove(churn, project, section, ("BOTTLE_TOKEN", bottle.token), bottle.ids, stranger, bottle.held)
    finally:
        if bottle is not None:
            bottle.server.terminate()
            bottle.server.wait()
        server.send_signal(signal.SIGINT)
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).resolve()))
