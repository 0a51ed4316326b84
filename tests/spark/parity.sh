#!/bin/sh
# Features and scores of a simulated company by the program itself and by an engine on this machine, held against each other (parity.py).
#
#   tests/spark/parity.sh PROGRAM spark://HOST:PORT CUSTOMERS FOLDER [COMMAND...]
#
# The model is trained on a smaller company of the same kind. COMMAND, where it is given, runs the engine's part: `killed.sh worker1 20`. CHURN_TEST_SPARK_PYTHON has
# pyarrow.
set -eu
[ $# -ge 4 ] || { echo "usage: $0 PROGRAM ADDRESS CUSTOMERS FOLDER [COMMAND...]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
program=$1 address=$2 customers=$3 folder=$4
shift 4
rm -rf "$folder"
"$program" simulate "$folder/small" --customers 3000 --format parquet --seed 5 --quiet
"$program" train "$folder/small" --quiet >/dev/null
"$program" simulate "$folder/company" --customers "$customers" --format parquet --seed 6 --quiet
mv "$folder/small/models" "$folder/company/"
date=2026-07-01
for what in features score; do
    "$program" "$what" "$folder/company" --as-of "$date" --engine embedded --quiet >/dev/null
    "$@" "$program" "$what" "$folder/company" --as-of "$date" --engine "$address" --quiet
done
"${CHURN_TEST_SPARK_PYTHON:-python3}" "$here/parity.py" "$folder/company"
