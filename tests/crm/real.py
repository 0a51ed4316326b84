"""What is asked of every real CRM: a thousand customers' scores into its custom fields, read back equal; a second run that writes nothing;
a run that is killed twice and resumes; and no record that was not there before."""

import csv
import json
import os
import random
import signal
import socket
import subprocess
import time

CUSTOMERS = 1_000
MODEL = "2026-04-02-0123abcd"
BANDS = ["low", "medium", "high", "critical"]
REASONS = ["no purchase in the last 90 days", "fewer purchases than usual", "two open complaints; the oldest for 30 days"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_scores(folder, ids, night):
    """Scores of a night; returns what the CRM should hold of each: probability and band."""
    chance = random.Random(night)
    planned = {}
    with open(folder / "out/scores.csv", "w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["customer_id", "as_of", "model", "state", "churn_probability", "risk_band", "reason_1"])
        for key in ids:
            churn = round(chance.random(), 6)
            band = BANDS[int(churn * 4)]
            table.writerow([key, f"2026-07-0{night}", MODEL, "eligible", churn, band, chance.choice(REASONS)])
            planned[key] = (round(churn, 4), band)
    return planned


def same(held, planned):
    def equal(found, want):
        return found is not None and found[0] is not None and abs(float(found[0]) - want[0]) < 1e-9 and found[1] == want[1]

    wrong = {key: (held.get(key), want) for key, want in planned.items() if not equal(held.get(key), want)}
    assert not wrong, f"{len(wrong)} differ, such as {next(iter(wrong.items()))}"


def prove(churn, folder, section, secret, ids, stranger, held):
    """Runs `churn sync` by this section of a project file. `secret` is the name and value of a variable of the environment, `stranger` a key that
    the CRM does not have, `held` reads what it holds of each record from its database."""
    (folder / f"models/acme/{MODEL}").mkdir(parents=True)
    (folder / f"models/acme/{MODEL}/model.json").write_text("{}")
    (folder / "out").mkdir()
    (folder / "churn.toml").write_text(f'name = "acme"\n[transactions]\npath = "orders.csv"\n{section}')
    environment = {**os.environ, secret[0]: secret[1]}

    def sync():
        ran = subprocess.run([churn, "sync", folder, "--json"], env=environment, capture_output=True, text=True)
        assert secret[1] not in ran.stdout + ran.stderr
        said = json.loads(ran.stdout)
        return ran.returncode, said["result"]["targets"][0] if said["result"] else said

    # A record more than the CRM has: none is made.
    planned = write_scores(folder, [*ids, stranger], 1)
    began = time.monotonic()
    code, said = sync()
    took = time.monotonic() - began
    assert code == 0 and said["written"] == CUSTOMERS and said["no_match"] == 1, said
    planned.pop(stranger)
    there = held()
    same(there, planned)
    assert len(there) == CUSTOMERS, len(there)
    print(f"first run: {said['written']} written, {said['no_match']} not there, read back equal, {took:.1f} s")

    code, said = sync()
    assert code == 0 and said["unchanged"] == CUSTOMERS and said["written"] == 0, said
    print(f"second run: {said['unchanged']} unchanged, {said['calls']} calls")

    planned = write_scores(folder, ids, 2)
    journal = next((folder / "out/sync").glob("*/journal"))
    # A record takes some 70 bytes of it: after a fifth of the records, and after a half.
    for length in (200 * 70, 500 * 70):
        run = subprocess.Popen([churn, "sync", folder, "--quiet"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while journal.stat().st_size < length:
            assert run.poll() is None, "it is to be killed while it writes"
            time.sleep(0.005)
        run.send_signal(signal.SIGKILL)
        run.wait()
    code, said = sync()
    assert code == 0 and said["left"] == 0 and said["in_doubt"] == 0, said
    assert 0 < said["unchanged"] < CUSTOMERS, said
    same(held(), planned)
    print(f"killed twice: {said['unchanged']} were written before, {said['written']} after, {said['held_already']} held already; all equal")
