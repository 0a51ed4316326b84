#!/bin/sh
# A server that dies within a statement, and is started anew: one of its own, on another port than usual, killed by the test.
#
#   tests/spark/lost.sh sail | local COMMAND...          the command runs the ignored test of crates/spark/tests/server.rs
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 2 ] || { echo "usage: $0 sail | local COMMAND..." >&2; exit 2; }
server=$1
shift
SAIL_PORT=50059 SPARK_PORT=50059
SPARK_SERVERS=${TMPDIR:-/tmp}/churn-spark-lost
export SAIL_PORT SPARK_PORT SPARK_SERVERS
"$here/$server.sh" start
code=0
CHURN_TEST_SPARK=127.0.0.1:50059 CHURN_TEST_SPARK_KILL=$(cat "$SPARK_SERVERS/$server.pid") CHURN_TEST_SPARK_SCRIPT=$here/$server.sh "$@" || code=$?
"$here/$server.sh" stop
exit "$code"
