#!/bin/sh
# Apache Spark in one process with two threads (local[2]), as a server of Spark Connect on 127.0.0.1:15002 (or SPARK_PORT). It takes ten seconds and
# up to 4 GB.
#
#   tests/spark/local.sh start | stop       SPARK_OPTIONS adds options of spark-submit
set -eu
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/apache.sh"
case "${1:-}" in
    start)
        apache
        connect_server local 'local[2]' "${SPARK_PORT:-15002}" 3g
        ;;
    stop) end local ;;
    *) echo "usage: $0 start | stop" >&2; exit 2 ;;
esac
