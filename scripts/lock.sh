#!/bin/sh
# lock.sh [--upgrade]
#
# Writes requirements/*.txt from pyproject.toml: every package in one version, with the hashes of its
# files, for every Python and system that the project runs on. Without --upgrade the versions that
# are there stay, as far as pyproject.toml lets them.
set -eu
cd "$(dirname "$0")/.."

[ -x .venv/bin/uv ] || .venv/bin/python -m pip install -qq uv

compile() {
    .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --fork-strategy fewest \
        --generate-hashes --custom-compile-command "make lock" --group build "$@"
}

compile --output-file requirements/run.txt "$@"
compile --output-file requirements/develop.txt --all-extras --group develop \
    --constraint requirements/run.txt "$@"
