#!/bin/sh
# A real CRM (BottleCRM, the package django-crm, MIT) on a PostgreSQL server of its own, on this machine alone, and `churn sync` into custom
# fields of a thousand of its contacts. Needs a Python from 3.12 on (PYTHON) and the binaries of PostgreSQL.
#
#   cargo build --release --locked && tests/crm/bottlecrm.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
churn=${1:-$here/../../target/release/churn}
venv=${BOTTLECRM_VENV:-$here/.venv-bottlecrm}
if [ ! -x "$venv/bin/django-admin" ]; then
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/pip" install --quiet --no-compile django-crm==1.35.0
fi
exec "$venv/bin/python" "$here/bottlecrm.py" "$churn"
