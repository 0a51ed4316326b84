#!/bin/sh
# Runs a command and kills a process of the cluster (cluster.sh) after some seconds: what the command makes is to be right all the same. Ends with the command's
# code; with 3 where the command was over before there was anything to kill, which proves nothing.
#
#   tests/spark/killed.sh worker1 | executor1 | connect | … SECONDS COMMAND...
#
# A worker takes its executor with it: both are killed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 3 ] || { echo "usage: $0 WHO SECONDS COMMAND..." >&2; exit 2; }
who=$1 seconds=$2
shift 2
"$@" &
command=$!
sleep "$seconds"
if ! kill -0 "$command" 2>/dev/null; then
    echo "killed.sh: the command was over within $seconds s, nothing was killed" >&2
    wait "$command" || exit $?
    exit 3
fi
victims=$("$here/cluster.sh" pid "$who")
case "$who" in
    worker*) victims="$victims $("$here/cluster.sh" pid "executor${who#worker}")" ;;
esac
[ -n "$(echo $victims)" ] || { echo "killed.sh: there is no $who" >&2; kill "$command"; exit 3; }
# shellcheck disable=SC2086 # Several ids.
kill -9 $victims
echo "killed.sh: killed $who (process $(echo $victims)) after $seconds s" >&2
code=0
wait "$command" || code=$?
exit "$code"
