#!/bin/sh
# with-postgres.sh COMMAND...
#
# Runs a command with PORTFOLIO_TEST_DATABASE naming an empty PostgreSQL database, on a server that
# lives in a temporary folder, on a free port of 127.0.0.1, and only as long as the command. A
# PORTFOLIO_TEST_DATABASE that is set already is used as it is.
set -eu
# shellcheck source=scripts/packages.sh
. "$(dirname "$0")/packages.sh"
[ -z "${PORTFOLIO_TEST_DATABASE:-}" ] || exec "$@"

newest_server() {
    find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1 | xargs -r dirname
}

bin=$(newest_server)
if [ -z "$bin" ]; then
    install_packages "for the tests on a second database" postgresql || exit 1
    bin=$(newest_server)
fi

folder=$(mktemp -d)
chmod 755 "$folder"
if [ "$(id -u)" = 0 ]; then # which PostgreSQL refuses to run as
    chown postgres "$folder"
    server() { (cd "$folder" && runuser -u postgres -- "$@"); }
else
    server() { (cd "$folder" && "$@"); }
fi

finish() {
    server "$bin/pg_ctl" --pgdata=data --mode=immediate --silent stop 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

port=$("$(dirname "$0")/free-port.py")
# The data is thrown away with the server, so nothing waits for the disk.
server "$bin/initdb" --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
    --no-sync >"$folder/initdb.log"
server "$bin/pg_ctl" --pgdata=data --wait --silent --log=log start \
    --options="-h 127.0.0.1 -p $port -k '$folder' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200" || {
    cat "$folder/log" >&2
    exit 1
}
server "$bin/createdb" -h 127.0.0.1 -p "$port" -U postgres portfolio_test

PORTFOLIO_TEST_DATABASE="postgresql://postgres@127.0.0.1:$port/portfolio_test"
export PORTFOLIO_TEST_DATABASE
"$@"
