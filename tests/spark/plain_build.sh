#!/bin/sh
# The plain build has nothing of the client for Spark: no crate of the transport, of its messages, or of Arrow that only decodes its answers.
set -eu
cd "$(dirname "$0")/../.."
all=$(cargo tree --workspace --locked --edges normal,build,dev --prefix none --format '{p}')
found=$(echo "$all" | grep -E '^(apache-spark-connect|tonic|prost|arrow)([-a-z]*) v' | sort -u || true)
if [ -n "$found" ]; then
    printf 'the plain build depends on the client for Spark:\n%s\n' "$found" >&2
    exit 1
fi
with=$(cargo tree --workspace --locked --edges normal --prefix none --format '{p}' --features churn/spark)
echo "$with" | grep -q '^apache-spark-connect-core v' || { echo "the feature churn/spark does not bring the client" >&2; exit 1; }
