#!/usr/bin/env bash
# Fetches axe-core, which the test of the report in a browser judges accessibility with, into target/axe. It is never committed.
#   tests/browser/fetch-axe.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
version=4.11.0
mkdir -p target/axe
cd target/axe
npm pack --silent "axe-core@$version" >/dev/null
tar xzf "axe-core-$version.tgz" package/axe.min.js
echo "$PWD/package/axe.min.js"
