#!/bin/sh
# A server that dies within a statement: Sail on a port of its own, killed by the test.
#
#   tests/spark/lost.sh COMMAND...          the command runs the ignored test of crates/spark/tests/server.rs
set -eu
SAIL_PORT=${SAIL_PORT:-50059}
SPARK_SERVERS=${TMPDIR:-/tmp}/churn-spark-lost
export SAIL_PORT SPARK_SERVERS
here=$(cd "$(dirname "$0")" && pwd)
"$here/sail.sh" start
code=0
CHURN_TEST_SPARK=127.0.0.1:$SAIL_PORT CHURN_TEST_SPARK_KILL=$(cat "$SPARK_SERVERS/sail.pid") "$@" || code=$?
"$here/sail.sh" stop
exit "$code"
