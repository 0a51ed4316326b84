"""Servers on this machine that answer as the documentation of HubSpot, Salesforce and Bitrix24 says, and remember what they were asked."""

import csv
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit


class Stub:
    """Records by key; a record is a dict of fields."""

    def __init__(self, keys):
        self.records = {key: {} for key in keys}
        self.requests = []  # (method, path, body) as they came in
        self.jobs = {}
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                url = urlsplit(self.path)
                stub.requests.append((self.command, url.path, body))
                status, content, kind = stub.respond(self.command, url.path, url.query, body)
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_PATCH = answer

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def respond(self, method, path, query, body):
        raise NotImplementedError


def reply(content, status=200, kind="application/json"):
    return status, content, kind


class HubSpot(Stub):
    properties = [
        {"name": "shop_id", "type": "string", "hasUniqueValue": True},
        {"name": "churn", "type": "number"},
        {"name": "band", "type": "string"},
    ]

    def result(self, key):
        return {
            "id": str(1000 + list(self.records).index(key)),
            "properties": {"shop_id": key, **self.records[key]},
            "createdAt": "2026-01-01T00:00:00Z",
            "updatedAt": "2026-01-02T00:00:00Z",
            "archived": False,
        }

    def respond(self, method, path, query, body):
        if path == "/crm/v3/properties/contacts":
            return reply({"results": self.properties})
        inputs = json.loads(body)["inputs"] if body else []
        known = [item for item in inputs if item["id"] in self.records]
        lost = [item["id"] for item in inputs if item["id"] not in self.records]
        if path.endswith("/batch/update"):
            for item in known:
                self.records[item["id"]].update(item["properties"])
        results = []
        for item in known:
            result = self.result(item["id"])
            if item.get("objectWriteTraceId"):
                result["objectWriteTraceId"] = item["objectWriteTraceId"]
            results.append(result)
        answer = {
            "status": "COMPLETE",
            "results": results,
            "startedAt": "2026-01-02T00:00:00Z",
            "completedAt": "2026-01-02T00:00:01Z",
        }
        if lost:
            answer["numErrors"] = 1
            answer["errors"] = [
                {
                    "status": "error",
                    "category": "OBJECT_NOT_FOUND",
                    "message": "some objects were not found",
                    "context": {"ids": lost},
                    "links": {},
                    "errors": [],
                }
            ]
            return reply(answer, 207)
        return reply(answer)


class Bitrix24(Stub):
    def item(self, key):
        return {"id": list(self.records).index(key) + 1, "originId": key, **self.records[key]}

    def respond(self, method, path, query, body):
        name = path.rsplit("/", 1)[1].removesuffix(".json")
        asked = json.loads(body) if body else {}
        times = {"start": 1.0, "finish": 1.1, "duration": 0.1, "processing": 0.05, "operating": 0.1}
        if name == "crm.item.fields":
            fields = {"originId": {"type": "string"}, "UF_CRM_CHURN": {"type": "double"}, "UF_CRM_BAND": {"type": "string"}}
            return reply({"result": {"fields": fields}, "time": times})
        if name == "crm.item.list":
            (field, keys), = asked["filter"].items()
            items = [self.item(key) for key in self.records if str(self.item(key)[field.lstrip("@")]) in map(str, keys)]
            return reply({"result": {"items": items}, "total": len(items), "time": times})
        if name == "batch":
            done, refused, seconds = {}, {}, {}
            for label, command in asked["cmd"].items():
                called, _, query = command.partition("?")
                assert called == "crm.item.update", called
                pairs = dict(parse_qsl(query))
                at = int(pairs["id"])
                if 1 <= at <= len(self.records):
                    key = list(self.records)[at - 1]
                    fields = {n[7:-1]: v for n, v in pairs.items() if n.startswith("fields[")}
                    self.records[key].update(fields)
                    done[label] = {"item": self.item(key)}
                    seconds[label] = times
                else:
                    refused[label] = {"error": "NOT_FOUND", "error_description": "Not found"}
            # PHP makes an array of what is empty.
            result = {
                "result": done or [],
                "result_error": refused or [],
                "result_total": [],
                "result_next": [],
                "result_time": seconds or [],
            }
            return reply({"result": result, "time": times})
        return reply({"error": "ERROR_METHOD_NOT_FOUND", "error_description": name}, 404)


class Salesforce(Stub):
    def id_of(self, key):
        return f"003000000000{list(self.records).index(key):03d}"

    def respond(self, method, path, query, body):
        if path.endswith("/sobjects/Contact/describe"):
            fields = [
                {"name": "Shop_Id__c", "type": "string", "externalId": True, "updateable": True},
                {"name": "Churn__c", "type": "double", "updateable": True},
                {"name": "Band__c", "type": "string", "updateable": True},
            ]
            return reply({"fields": fields})
        if path.endswith("/query"):
            soql = dict(parse_qsl(query))["q"]
            asked = [part.strip("'") for part in soql.split("IN (", 1)[1].rstrip(")").split(",")]
            records = [
                {"Id": self.id_of(key), "Shop_Id__c": key, **self.records[key]} for key in asked if key in self.records
            ]
            return reply({"totalSize": len(records), "done": True, "records": records})
        parts = path.split("/jobs/ingest", 1)[1].strip("/").split("/")
        if method == "POST":
            job = f"750{len(self.jobs):012d}"
            self.jobs[job] = {"job": json.loads(body), "state": "Open", "rows": []}
            return reply(self.told(job))
        job = self.jobs[parts[0]]
        if method == "PUT":
            job["rows"] = list(csv.DictReader(io.StringIO(body.decode())))
            return reply(b"", 201, "text/csv")
        if method == "PATCH":
            assert json.loads(body)["state"] == "UploadComplete"
            ids = {self.id_of(key): key for key in self.records}
            for row in job["rows"]:
                self.records[ids[row["Id"]]].update({n: v for n, v in row.items() if n != "Id" and v != ""})
            job["state"] = "JobComplete"
            return reply(self.told(parts[0]))
        if len(parts) == 1:
            return reply(self.told(parts[0]))
        names = list(job["rows"][0])
        columns = {
            "successfulResults": ["sf__Id", "sf__Created", *names],
            "failedResults": ["sf__Id", "sf__Error", *names],
            "unprocessedrecords": names,
        }[parts[1]]
        out = io.StringIO()
        table = csv.DictWriter(out, columns, lineterminator="\n")
        table.writeheader()
        if parts[1] == "successfulResults":
            # The order is not that of the upload.
            for row in reversed(job["rows"]):
                table.writerow({"sf__Id": row["Id"], "sf__Created": "false", **row})
        return reply(out.getvalue().encode(), 200, "text/csv")

    def told(self, job):
        known = self.jobs[job]
        count = len(known["rows"])
        return {
            "id": job,
            "state": known["state"],
            "object": known["job"]["object"],
            "operation": known["job"]["operation"],
            "numberRecordsProcessed": count,
            "numberRecordsFailed": 0,
        }


def form(query):
    """A query of a Bitrix24 command, as pairs."""
    return {unquote(name): value for name, value in parse_qsl(query)}
