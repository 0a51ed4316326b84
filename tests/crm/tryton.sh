#!/bin/sh
# A real CRM (Tryton, the packages trytond and trytond-party, GPL-3) on an SQLite database of its own, on this machine alone, and `churn sync`
# into custom fields of a thousand of its parties. Needs a Python from 3.9 on (PYTHON). Ends with 77 where the packages cannot be had.
#
#   cargo build --release --locked && tests/crm/tryton.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
churn=${1:-$here/../../target/release/churn}
venv=${TRYTON_VENV:-$here/.venv-tryton}
if [ ! -x "$venv/bin/trytond" ]; then
    rm -rf "$venv"
    if ! { "${PYTHON:-python3}" -m venv "$venv" && "$venv/bin/pip" install --quiet --retries 1 --timeout 20 'trytond==8.2.1' 'trytond-party==8.2.0'; }; then
        rm -rf "$venv"
        echo "SKIPPED: trytond cannot be installed here" >&2
        exit 77
    fi
fi
exec "$venv/bin/python" "$here/tryton.py" "$churn"
