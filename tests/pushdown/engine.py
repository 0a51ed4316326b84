"""Runs statements on an engine, for tests: cases come in as lines of JSON, results go out as lines of JSON.

    python3 engine.py duckdb
    python3 engine.py spark sc://127.0.0.1:50051
    python3 engine.py postgres "host=127.0.0.1 dbname=test"

A case is {"tables": {"transactions": "/folder/transactions.csv", ...}, "instants": false, "sql": "SELECT ..."}, where moments are instants
or what a clock on the wall showed; its result is {"columns": [...],
"rows": [[...], ...]} or {"error": "..."}. Cells of CSV files have the types that their headers stand for.
"""

import datetime
import json
import math
import sys

TIMES = {"timestamp", "recorded_at", "resolved_at", "contacted_at", "accepted"}
DATES = {"signup_date", "contract_end"}
MONEY = {"amount", "discount", "margin", "cost"}
NUMBERS = {"quantity", "value"}


def type_of(header, words, instants):
    if header in TIMES:
        return words["instant" if instants else "time"]
    if header in DATES:
        return words["date"]
    if header in MONEY:
        return words["money"]
    return words["number"] if header in NUMBERS else words["text"]


def headers(path):
    with open(path, encoding="utf-8") as file:
        return file.readline().rstrip("\n").split(",")


class DuckDb:
    WORDS = {"time": "TIMESTAMP", "instant": "TIMESTAMPTZ", "date": "DATE", "money": "DECIMAL(18, 4)", "number": "DOUBLE", "text": "VARCHAR"}

    def __init__(self, _):
        import duckdb

        self.connection = duckdb.connect(config={"threads": 2})

    def table(self, name, path, instants):
        if path.endswith(".parquet"):
            self.connection.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
            return
        types = {header: type_of(header, self.WORDS, instants) for header in headers(path)}
        self.connection.execute(
            f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM read_csv('{path}', header = true, auto_detect = false, "
            f"delim = ',', quote = '\"', columns = {types})"
        )

    def rows(self, sql):
        result = self.connection.execute(sql)
        return [column[0] for column in result.description], result.fetchall()


class Spark:
    WORDS = {"time": "TIMESTAMP_NTZ", "instant": "TIMESTAMP", "date": "DATE", "money": "DECIMAL(18, 4)", "number": "DOUBLE", "text": "STRING"}

    def __init__(self, address):
        from pyspark.sql import SparkSession

        self.session = SparkSession.builder.remote(address).getOrCreate()
        self.session.conf.set("spark.sql.session.timeZone", "UTC")
        self.session.conf.set("spark.sql.ansi.enabled", "true")

    def table(self, name, path, instants):
        if path.endswith(".parquet"):
            self.session.read.parquet(path).createOrReplaceTempView(name)
            return
        import csv
        import decimal

        import pyarrow

        cents = decimal.Decimal("0.0001")

        with open(path, encoding="utf-8") as file:
            rows = list(csv.reader(file))[1:]
        arrow = {
            "TIMESTAMP_NTZ": (pyarrow.timestamp("us"), datetime.datetime.fromisoformat),
            "TIMESTAMP": (pyarrow.timestamp("us", "UTC"), datetime.datetime.fromisoformat),
            "DATE": (pyarrow.date32(), datetime.date.fromisoformat),
            "DECIMAL(18, 4)": (pyarrow.decimal128(18, 4), lambda text: decimal.Decimal(text).quantize(cents)),
            "DOUBLE": (pyarrow.float64(), float),
            "STRING": (pyarrow.string(), str),
        }
        columns, names = [], headers(path)
        for at, header in enumerate(names):
            kind, parse = arrow[type_of(header, self.WORDS, instants)]
            columns.append(pyarrow.array([parse(row[at]) if row[at] else None for row in rows], kind))
        table = pyarrow.table(columns, names=names)
        self.session.createDataFrame(table).createOrReplaceTempView(name)

    def rows(self, sql):
        frame = self.session.sql(sql).toArrow()
        return frame.column_names, [tuple(row.values()) for row in frame.to_pylist()]


class Postgres:
    WORDS = {
        "time": "TIMESTAMP",
        "instant": "TIMESTAMPTZ",
        "date": "DATE",
        "money": "NUMERIC(18, 4)",
        "number": "DOUBLE PRECISION",
        "text": "TEXT",
    }

    def __init__(self, address):
        import psycopg

        self.connection = psycopg.connect(address, autocommit=True)
        self.connection.execute("SET TIME ZONE 'UTC'")

    def table(self, name, path, instants):
        cursor = self.connection.cursor()
        columns = ", ".join(f'"{header}" {type_of(header, self.WORDS, instants)}' for header in headers(path))
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}; CREATE TEMP TABLE {name} ({columns})")
        with open(path, encoding="utf-8") as file, cursor.copy(f"COPY {name} FROM STDIN (FORMAT csv, HEADER)") as copy:
            copy.write(file.read())

    def rows(self, sql):
        cursor = self.connection.cursor()
        cursor.execute(sql)
        return [column.name for column in cursor.description], cursor.fetchall()


def cell(value):
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()[:10]
    if value is None or isinstance(value, str):
        return value
    value = float(value)
    # JSON has no NaN, and an engine that makes one has not said NULL where it should.
    return value if math.isfinite(value) else f"not finite: {value}"


def main():
    kinds = {"duckdb": DuckDb, "spark": Spark, "postgres": Postgres}
    engine = kinds[sys.argv[1]](sys.argv[2] if len(sys.argv) > 2 else None)
    for line in sys.stdin:
        case = json.loads(line)
        try:
            for name, path in case["tables"].items():
                engine.table(name, path, case["instants"])
            columns, rows = engine.rows(case["sql"])
            answer = {"columns": columns, "rows": [[cell(value) for value in row] for row in rows]}
        except Exception as error:  # noqa: BLE001 - the test shows it
            answer = {"error": f"{type(error).__name__}: {error}"[:4000]}
        print(json.dumps(answer), flush=True)


main()
