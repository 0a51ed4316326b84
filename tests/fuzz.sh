#!/usr/bin/env bash
# Tries changed inputs against everything that reads: text files, Parquet, dates, money, ids, answers of PostgreSQL, model files,
# project files. Each target for CHURN_FUZZ_SECONDS (60), with CHURN_FUZZ_SEED (the day). An input that is a bug is kept and named.
set -euo pipefail
cd "$(dirname "$0")/.."
export CHURN_FUZZ_SECONDS="${CHURN_FUZZ_SECONDS:-60}"
export CHURN_FUZZ_SEED="${CHURN_FUZZ_SEED:-$(date -u +%Y%m%d)}"
failed=0
run() { cargo test --release --locked --workspace "$@" -- --nocapture --test-threads=1 || failed=1; }
run --test fuzz
run --lib fuzz_tests
run --lib changed_streams_never_panic
run --lib changed_model_files
run --bins changed_project_files
exit "$failed"
