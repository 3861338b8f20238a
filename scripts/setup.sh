#!/bin/sh
# setup.sh run|develop|browser|heavy
#
# Brings this clone to where the product runs (run), its tests run (develop), those in a browser too
# (browser), or those that take long as well (heavy): system packages, .venv, the locked requirements,
# the project itself. What is there already is left alone, so that a second call takes no time and no
# network.
set -eu
cd "$(dirname "$0")/.."
. scripts/packages.sh

kind=${1:?run, develop, browser or heavy}
packages=$PDF_PACKAGES
purpose="for the PDF"
requirements=requirements/develop.txt
case $kind in
run) requirements=requirements/run.txt ;;
develop) packages="$packages $TEST_PACKAGES" purpose="for the PDF and its tests" ;;
browser) packages="$packages $TEST_PACKAGES chromium" purpose="for the PDF and tests in a browser" ;;
heavy) packages="$packages $TEST_PACKAGES chromium $HEAVY_PACKAGES" purpose="for the PDF and all tests" ;;
*)
    say "setup.sh run|develop|browser|heavy, not $kind"
    exit 2
    ;;
esac

find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
    return 1
}

make_venv() {
    if ! python=$(find_python); then
        install_packages "for everything" python3 || exit 1
        python=$(find_python) || {
            say "Python 3.11 or newer is needed; name one with PYTHON=/path/to/python3 make …"
            exit 1
        }
    fi
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        install_packages "for an environment of its own" \
            "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" || exit 1
    fi
    say "Making .venv with $("$python" -V)."
    "$python" -m venv --clear .venv
}

# What an installation depends on. Another place or another Python makes another environment.
state_of() {
    { pwd && .venv/bin/python -V && cat "$1" pyproject.toml; } 2>/dev/null | sha256sum | cut -d' ' -f1
}

stamped() {
    [ "$(cat ".venv/installed-$1" 2>/dev/null)" = "$(state_of "requirements/$1.txt")" ]
}

install_requirements() {
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1 || [ "$(cat .venv/place 2>/dev/null)" != "$PWD" ]; then
        make_venv
        pwd >.venv/place
    fi
    say "Installing $requirements; the first time takes a minute or two."
    .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r "$requirements"
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
    # The requirements for development hold those for running, in the same versions.
    case $kind in
    run) rm -f .venv/installed-develop ;;
    *) state_of requirements/develop.txt >.venv/installed-develop ;;
    esac
    state_of requirements/run.txt >.venv/installed-run
}

# Without these all but the PDF works. So they are asked for once, and whoever cannot install them
# is not asked at every start.
install_system_packages() {
    # shellcheck disable=SC2086 # the list is meant to be split into words
    absent=$(missing_packages $packages)
    if [ -n "$absent" ] && [ "$absent" = "$(cat .venv/without 2>/dev/null)" ] && [ -z "${REQUIRE_ALL:-}" ]; then
        say "Still without $absent; \`.venv/bin/portfolio doctor\` says what that costs."
        return
    fi
    # shellcheck disable=SC2086
    if install_packages "$purpose" $packages; then
        rm -f .venv/without
    else
        [ -z "${REQUIRE_ALL:-}" ] || exit 1
        say "Going on without."
        printf '%s' "$absent" >.venv/without
    fi
}

case $kind in
run) stamped run || install_requirements ;;
*) stamped develop || install_requirements ;;
esac
install_system_packages
