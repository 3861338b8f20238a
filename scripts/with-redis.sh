#!/bin/sh
# with-redis.sh COMMAND...
#
# Runs a command with PORTFOLIO_TEST_REDIS naming an empty Redis, on a free port of 127.0.0.1, that
# lives only as long as the command. A PORTFOLIO_TEST_REDIS that is set already is used as it is.
set -eu
# shellcheck source=scripts/packages.sh
. "$(dirname "$0")/packages.sh"
[ -z "${PORTFOLIO_TEST_REDIS:-}" ] || exec "$@"

command -v redis-server >/dev/null || install_packages "for the tests with several processes" redis-server || exit 1

folder=$(mktemp -d)
port=$("$(dirname "$0")/free-port.py")
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$folder" \
    --logfile "$folder/log" &
redis=$!

finish() {
    kill "$redis" 2>/dev/null || true
    wait "$redis" 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

tries=0
until redis-cli -p "$port" ping 2>/dev/null | grep -q PONG; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ]; then
        cat "$folder/log" >&2
        exit 1
    fi
    sleep 0.1
done

PORTFOLIO_TEST_REDIS="redis://127.0.0.1:$port/0"
export PORTFOLIO_TEST_REDIS
"$@"
