#!/bin/sh
# Sail, a server of Spark Connect without Java, on 127.0.0.1:50051 (or SAIL_PORT). It shows that the protocol and the SQL hold, and says nothing about
# what Apache Spark does when machines fail.
#
#   tests/spark/sail.sh start | stop
set -eu
. "$(dirname "$0")/common.sh"
port=${SAIL_PORT:-50051}
case "${1:-}" in
    start)
        [ -x "$SPARK_VENVS/sail/bin/sail" ] || { echo "Sail is not installed: tests/spark/install.sh" >&2; exit 1; }
        SAIL_MODE=${SAIL_MODE:-local}
        export SAIL_MODE
        begin sail "$SPARK_VENVS/sail/bin/sail" spark server --ip 127.0.0.1 --port "$port"
        listening sail "$port" 60
        ;;
    stop) end sail ;;
    *) echo "usage: $0 start | stop" >&2; exit 2 ;;
esac
