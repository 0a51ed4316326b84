#!/bin/sh
# The stub servers of HubSpot, Salesforce and Bitrix24 against the vendors' and the community's own Python SDKs, and our requests
# against theirs. Makes a Python environment in tests/crm/.venv on its first run.
#
#   cargo build --release --locked && tests/crm/run.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
churn=${1:-$here/../../target/release/churn}
if [ ! -x "$here/.venv/bin/python" ]; then
    python3 -m venv "$here/.venv"
    "$here/.venv/bin/pip" install --quiet -r "$here/requirements.txt"
fi
exec "$here/.venv/bin/python" "$here/sdk.py" "$churn"
