#!/bin/sh
# A model trained on the customers of an engine on this machine: of all of them it is the model of the exports, byte for byte; of a lot it says so, and scores on
# the engine.
#
#   tests/spark/train.sh PROGRAM spark://HOST:PORT CUSTOMERS FOLDER
set -eu
[ $# -eq 4 ] || { echo "usage: $0 PROGRAM ADDRESS CUSTOMERS FOLDER" >&2; exit 2; }
program=$1 address=$2 customers=$3 folder=$4
fail() { echo "FAILED: $*" >&2; exit 1; }
rm -rf "$folder"
"$program" simulate "$folder/exports" --customers "$customers" --format parquet --seed 11 --quiet >/dev/null
cp -r "$folder/exports" "$folder/all"
cp -r "$folder/exports" "$folder/lot"

"$program" train "$folder/exports" --quiet >/dev/null
"$program" train "$folder/all" --engine "$address" --sample 100000000 --quiet >/dev/null
champion=$(cat "$folder/exports"/models/*/champion)
[ "$(cat "$folder/all"/models/*/champion)" = "$champion" ] || fail "another version than $champion from the engine's rows"
for file in model.json reference.json; do
    cmp "$folder/exports"/models/*/"$champion/$file" "$folder/all"/models/*/"$champion/$file" || fail "another $file from the engine's rows"
done
grep -q '"share": 1.0' "$folder/all"/models/*/"$champion/metrics.json" || fail "metrics.json does not say that all customers were drawn"

"$program" train "$folder/lot" --engine "$address" --sample $((customers / 4)) --quiet >/dev/null
champion=$(cat "$folder/lot"/models/*/champion)
grep -q 'A random [0-9.]* % of the customers of the tables at' "$folder/lot"/models/*/"$champion/MODEL_CARD.md" || fail "the card says nothing of the lot"
"$program" score "$folder/lot" --as-of 2026-07-01 --engine "$address" --quiet >/dev/null
# The lot has about as many eligible customers as were asked for. A fifth is more than chance does with a thousand, and than a few months change.
"$program" features "$folder/exports" --as-of 2026-07-01 --features recency_days --json --quiet >"$folder/whole.json"
whole=$(sed -n 's/.*"eligible":\([0-9]*\).*/\1/p' "$folder/whole.json")
lot=$(sed -n 's/^ *"eligible": *\([0-9]*\).*/\1/p' "$folder/lot"/models/*/"$champion/reference.json" | head -n 1)
asked=$((customers / 4))
[ "$((lot * 10))" -gt "$((asked * 8))" ] && [ "$((lot * 10))" -lt "$((asked * 12))" ] || fail "a lot of $lot eligible customers of $whole, expected some $asked"
echo "the same model of all $whole eligible customers; a lot with $lot of them where $asked were asked for"
left=$(find "$folder" -name '.churn-*.tmp' | wc -l)
[ "$left" -eq 0 ] || fail "$left folders of rows are left behind"
# Nobody answers: no model, and none of what was there is touched.
outcome=0
"$program" train "$folder/lot" --engine spark://127.0.0.1:1 --quiet >/dev/null 2>&1 || outcome=$?
[ "$outcome" -eq 6 ] || fail "exit code $outcome where no engine answers, expected 6"
[ "$(cat "$folder/lot"/models/*/champion)" = "$champion" ] || fail "the champion changed without an engine"
