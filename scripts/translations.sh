#!/usr/bin/env bash
# Brings the Chinese catalogue up to the sentences in code and templates, and compiles it.
# New sentences come in empty: fill them in, run this again, and `make test` says what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

catalogue=portfolio/translations/zh_Hans_CN/LC_MESSAGES/messages
template=$(mktemp)
trap 'rm -f "$template"' EXIT

# The domain's refusals are translated where they are shown, so their classes mark sentences too.
keywords=()
for name in Invalid NotFound Conflict WrongCredentials StaleRevision PeriodClosed Unavailable Said; do
    keywords+=(-k "$name")
done
.venv/bin/pybabel --quiet extract -F babel.cfg "${keywords[@]}" --no-location --sort-output --no-wrap \
    --project portfolio -o "$template" .
.venv/bin/pybabel --quiet update -i "$template" -o "$catalogue.po" -l zh_Hans_CN \
    --no-fuzzy-matching --ignore-obsolete --no-wrap --ignore-pot-creation-date
.venv/bin/pybabel --quiet compile -i "$catalogue.po" -o "$catalogue.mo" -l zh_Hans_CN
