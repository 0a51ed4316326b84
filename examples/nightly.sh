#!/bin/sh
# One night: scores from the newest export, with a log beside them. The exit code is that of churn.
#
#     nightly.sh PROJECT [LOG FOLDER]
set -eu
project=$1
logs=${2:-$project/logs}
mkdir -p "$logs"
umask 077
log=$logs/$(date -u +%Y-%m-%dT%H-%M-%SZ)
# The summary on standard output, the log on standard error.
status=0
churn score "$project" --incremental --log json --json >"$log.summary.json" 2>"$log.log.ndjson" || status=$?
# A month of logs is enough.
find "$logs" -name '*.summary.json' -mtime +30 -exec rm -f {} +
find "$logs" -name '*.log.ndjson' -mtime +30 -exec rm -f {} +
case $status in
0) ;;
4) echo "churn: another run holds $project; nothing was done" >&2 ;;
*) echo "churn: ended with exit code $status, see $log.log.ndjson" >&2 ;;
esac
exit "$status"
