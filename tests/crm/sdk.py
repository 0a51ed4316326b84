"""Holds the stub servers against the SDKs that vendors and users of HubSpot, Salesforce and Bitrix24 have, and the requests of
`churn sync` against those of the SDKs for the same rows.

A stub that we write and a client that we write could share one misreading of the documentation. So each SDK writes the rows
to a stub and has to be content with what it answers; then `churn sync` writes the same rows to a fresh one, and what both asked to be
written has to be the same, once the order of things that has no meaning and names that are free are taken out.
"""

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from stubs import Bitrix24, HubSpot, Salesforce, form

ROWS = [(f"C{n:03d}", round(((n * 7919) % 10_000) / 10_000, 4), ["low", "medium", "high & dry", "crítico"][n % 4]) for n in range(120)]
KEYS = [key for key, _, _ in ROWS]
MODEL = "2026-04-02-0123abcd"


def project(section):
    """A project with scores and no more than `churn sync` looks at."""
    folder = Path(tempfile.mkdtemp(prefix="churn-sdk-"))
    (folder / f"models/acme/{MODEL}").mkdir(parents=True)
    (folder / f"models/acme/{MODEL}/model.json").write_text("{}")
    (folder / "out").mkdir()
    (folder / "churn.toml").write_text(f'name = "acme"\n[transactions]\npath = "orders.csv"\n{section}')
    with open(folder / "out/scores.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["customer_id", "as_of", "model", "state", "churn_probability", "risk_band"])
        for key, churn, band in ROWS:
            table.writerow([key, "2026-07-01", MODEL, "eligible", churn, band])
    return folder


def sync(churn, section, secret):
    folder = project(section)
    ran = subprocess.run([churn, "sync", folder, "--json"], env={**os.environ, "SECRET": secret}, capture_output=True, text=True)
    said = json.loads(ran.stdout)
    assert ran.returncode == 0, said
    target = said["result"]["targets"][0]
    assert target["written"] == len(ROWS) and target["complete"], target
    again = subprocess.run([churn, "sync", folder, "--json"], env={**os.environ, "SECRET": secret}, capture_output=True, text=True)
    target = json.loads(again.stdout)["result"]["targets"][0]
    assert target["unchanged"] == len(ROWS) and target["calls"] == 0, target


def hubspot(churn):
    from hubspot.crm.contacts import ApiClient, BatchApi, Configuration
    from hubspot.crm.contacts.models import BatchInputSimplePublicObjectBatchInput, SimplePublicObjectBatchInput

    stub = HubSpot(KEYS)
    configuration = Configuration(host=stub.address)
    configuration.access_token = "canary"
    client = ApiClient(configuration)
    for first in range(0, len(ROWS), 100):
        inputs = [
            SimplePublicObjectBatchInput(id=key, id_property="shop_id", properties={"churn": f"{churn_:.4f}", "band": band})
            for key, churn_, band in ROWS[first : first + 100]
        ]
        answer = BatchApi(client).update(BatchInputSimplePublicObjectBatchInput(inputs=inputs))
        assert answer.status == "COMPLETE" and len(answer.results) == len(inputs)
    # A batch with a record that is not there is answered with 207, and the SDK reads the errors.
    lost = SimplePublicObjectBatchInput(id="nobody", id_property="shop_id", properties={"band": "x"})
    answer = BatchApi(client).update(BatchInputSimplePublicObjectBatchInput(inputs=[inputs[0], lost]))
    assert answer.num_errors == 1 and answer.errors[0].category == "OBJECT_NOT_FOUND", answer

    def canonical(requests):
        writes = set()
        for method, path, body in requests:
            if not path.endswith("/batch/update"):
                continue
            assert (method, path) == ("POST", "/crm/v3/objects/contacts/batch/update")
            for item in json.loads(body)["inputs"]:
                # Trace ids are free.
                assert set(item) - {"objectWriteTraceId"} == {"id", "idProperty", "properties"}, item
                writes.add((item["id"], item["idProperty"], tuple(sorted(item["properties"].items()))))
        return writes

    theirs = {write for write in canonical(stub.requests) if write[0] != "nobody"}
    ours = HubSpot(KEYS)
    section = f'[[sync]]\nname = "h"\ntarget = "hubspot"\naddress = "{ours.address}"\ntoken = "env:SECRET"\nkey_field = "shop_id"\nfields = {{ churn = "churn_probability", band = "risk_band" }}\n'
    sync(churn, section, "canary")
    compare("HubSpot", theirs, canonical(ours.requests), stub, ours)


def bitrix24(churn):
    from fast_bitrix24 import Bitrix

    stub = Bitrix24(KEYS)
    bitrix = Bitrix(f"{stub.address}/rest/1/canary/", verbose=False)
    calls = [
        {"entityTypeId": 3, "id": KEYS.index(key) + 1, "useOriginalUfNames": "Y", "fields": {"UF_CRM_CHURN": f"{churn_:.4f}", "UF_CRM_BAND": band}}
        for key, churn_, band in ROWS
    ]
    assert len(bitrix.call("crm.item.update", calls)) == len(ROWS)

    def canonical(requests):
        writes = set()
        for _, path, body in requests:
            if not path.rstrip("/").endswith(("/batch", "/batch.json")):
                continue
            asked = json.loads(body)
            assert asked["halt"] == 0 and len(asked["cmd"]) <= 50
            for command in asked["cmd"].values():
                called, _, query = command.partition("?")
                pairs = form(query)
                pairs.pop("__order", None)  # the SDK's own
                writes.add((called, tuple(sorted(pairs.items()))))
        return writes

    ours = Bitrix24(KEYS)
    section = '[[sync]]\nname = "b"\ntarget = "bitrix24"\nwebhook = "env:SECRET"\nkey_field = "originId"\nfields = { UF_CRM_CHURN = "churn_probability", UF_CRM_BAND = "risk_band" }\n'
    sync(churn, section, f"{ours.address}/rest/1/canary/")
    compare("Bitrix24", canonical(stub.requests), canonical(ours.requests), stub, ours)


def salesforce(churn):
    from simple_salesforce import Salesforce as Client

    stub = Salesforce(KEYS)
    host = stub.address.removeprefix("http://")
    client = Client(instance=host, session_id="canary", version="62.0")
    client.base_url = client.base_url.replace("https://", "http://")
    client.bulk2_url = client.bulk2_url.replace("https://", "http://")
    records = [{"Id": stub.id_of(key), "Band__c": band, "Churn__c": f"{churn_:.4f}"} for key, churn_, band in ROWS]
    (job,) = client.bulk2.Contact.update(records=records)
    assert job["numberRecordsProcessed"] == len(ROWS) and job["numberRecordsFailed"] == 0, job

    def canonical(requests):
        jobs, rows = set(), set()
        for method, path, body in requests:
            if "/jobs/ingest" not in path:
                continue
            if method == "POST":
                # Defaults of the interface that one of the two says aloud.
                asked = {"columnDelimiter": "COMMA", "lineEnding": "LF", "contentType": "CSV", **json.loads(body)}
                jobs.add(tuple(sorted((name, value) for name, value in asked.items() if value is not None)))
            if method == "PUT":
                for row in csv.DictReader(io.StringIO(body.decode())):
                    rows.add(tuple(sorted(row.items())))
            if method == "PATCH":
                jobs.add(("state", json.loads(body)["state"]))
        return jobs | rows

    ours = Salesforce(KEYS)
    section = f'[[sync]]\nname = "s"\ntarget = "salesforce_bulk"\naddress = "{ours.address}"\ntoken = "env:SECRET"\nkey_field = "Shop_Id__c"\nfields = {{ Churn__c = "churn_probability", Band__c = "risk_band" }}\n'
    sync(churn, section, "canary")
    compare("Salesforce", canonical(stub.requests), canonical(ours.requests), stub, ours)


def compare(name, theirs, ours, their_stub, our_stub):
    assert theirs == ours, f"{name}: of theirs alone {sorted(map(str, theirs - ours))[:3]}, of ours alone {sorted(map(str, ours - theirs))[:3]}"
    assert their_stub.records == our_stub.records, f"{name}: the records differ"
    print(f"{name}: {len(ours)} parts of requests, the same as the SDK's; {len(our_stub.records)} records the same")


if __name__ == "__main__":
    program = str(Path(sys.argv[1]).resolve())
    for check in (hubspot, bitrix24, salesforce):
        check(program)
