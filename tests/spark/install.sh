#!/bin/sh
# Brings what the tests with Spark Connect need into a folder: Sail (pysail, about 700 MB with its client), DuckDB, and protoc for building the program's client.
# With --spark also Apache Spark (pyspark, a download of 450 MB), which needs Java 17.
#
#   tests/spark/install.sh [--spark] [DIR]
#
# Ends with 77 where something cannot be had.
set -eu
. "$(dirname "$0")/common.sh"
spark=no
if [ "${1:-}" = --spark ]; then
    spark=yes
    shift
fi
venvs=${1:-$SPARK_VENVS}

missing() {
    echo "SKIPPED: $1" >&2
    exit 77
}

# install NAME PROOF PACKAGE...: a virtual environment of its own, whole or not at all.
install() {
    name=$1 proof=$2
    shift 2
    [ -e "$venvs/$name/$proof" ] && return 0
    rm -rf "${venvs:?}/$name"
    mkdir -p "$venvs"
    if ! { "${PYTHON:-python3}" -m venv "$venvs/$name" && "$venvs/$name/bin/pip" install --quiet --retries 1 --timeout 30 "$@"; }; then
        rm -rf "${venvs:?}/$name"
        return 1
    fi
    touch "$venvs/$name/$proof"
}

# The compiler, and the messages that it should come with: Debian has these in a package of their own.
protoc_works() {
    command -v protoc >/dev/null || return 1
    tried=$(mktemp -d)
    printf 'syntax = "proto3";\nimport "google/protobuf/any.proto";\n' >"$tried/tried.proto"
    outcome=0
    protoc --proto_path="$tried" --descriptor_set_out="$tried/tried.out" "$tried/tried.proto" >/dev/null 2>&1 || outcome=1
    rm -rf "$tried"
    return "$outcome"
}

if ! protoc_works; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        { timeout 120 apt-get update -qq && timeout 300 apt-get install -y -qq --no-install-recommends protobuf-compiler libprotobuf-dev; } >/dev/null 2>&1 || true
    fi
    protoc_works || missing "protoc with google/protobuf/*.proto is not here, and could not be installed (Debian's packages are protobuf-compiler and libprotobuf-dev)"
fi
install sail .whole 'pysail==0.7.2' 'pyspark-client==4.2.0' 'duckdb==2.0.0' 'psycopg[binary]' pyarrow ||
    missing "pysail 0.7.2 with pyspark-client 4.2.0 and DuckDB cannot be installed here"
if [ "$spark" = yes ]; then
    { command -v java && java -version; } >/dev/null 2>&1 || missing "Apache Spark needs Java 17, and there is no java here"
    install spark .whole 'pyspark[connect]==4.2.0' || missing "pyspark 4.2.0 (450 MB) cannot be installed here"
fi
