#!/bin/sh
# A standalone cluster of Apache Spark on this machine alone: one master, two workers of one core each, and a server of Spark Connect on
# 127.0.0.1:15003 (or SPARK_PORT). It takes half a minute and up to 5 GB.
#
#   tests/spark/cluster.sh start | stop
#   tests/spark/cluster.sh pid master | worker1 | worker2 | connect | executor1 | executor2
set -eu
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/apache.sh"

worker() {
    SPARK_WORKER_DIR=$SPARK_SERVERS/$1
    export SPARK_WORKER_DIR
    mkdir -p "$SPARK_WORKER_DIR"
    begin "$1" "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.worker.Worker \
        --host 127.0.0.1 --cores 1 --memory 2g --webui-port "$2" spark://127.0.0.1:7077
}

case "${1:-}" in
    start)
        apache
        begin master "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.master.Master --host 127.0.0.1 --port 7077 --webui-port 8099
        listening master 7077 60
        worker worker1 8101
        worker worker2 8102
        listening worker1 8101 60
        listening worker2 8102 60
        connect_server connect spark://127.0.0.1:7077 "${SPARK_PORT:-15003}" 2g
        ;;
    stop) for server in connect worker1 worker2 master; do end "$server"; done ;;
    pid)
        case "${2:-}" in
            # An executor is the child of its worker.
            executor1 | executor2) pgrep -P "$(cat "$SPARK_SERVERS/worker${2#executor}.pid")" -f CoarseGrainedExecutorBackend | head -n 1 ;;
            *) cat "$SPARK_SERVERS/$2.pid" ;;
        esac
        ;;
    *) echo "usage: $0 start | stop | pid NAME" >&2; exit 2 ;;
esac
