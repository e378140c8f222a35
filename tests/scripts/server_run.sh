#!/usr/bin/env bash
# server/run, used as a user does: from another folder, with flags, stopped by a signal. Builds the preset release. Also
# its output for a build that fails, and for one that succeeds.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
folder=$(mktemp -d)
server=
unset "${!ENRICHMENT_MOCK_@}"
trap 'kill $server 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

# check WHAT COMMAND…
check() {
  local what=$1
  shift
  if "$@"; then echo "ok: $what"; else echo "FAILED: $what" >&2; exit 1; fi
}

# within SECONDS COMMAND…: repeats it until it succeeds.
within() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.05
  done
}

status_of() {
  local status=0
  "$root/server/run" "$@" >/dev/null 2>&1 || status=$?
  echo $status
}

# shown LINE…: the output of server/run for a build in which ninja writes these lines.
shown() { (source "$root/server/packages.sh" && printf '%s\n' "$@" | show_progress) 2>&1; }

check "a build that succeeds shows no output of its commands" test -z "$(shown '[1/2] first' note '[2/2] second')"
check "a build that fails shows the output of its commands in full, and no steps" \
  test "$(shown '[1/2] first' '[2/2] second' 'FAILED: second' 'x.cpp:1: [3/4]' 'Failed: ninja')" = \
  "$(printf '%s\n' 'FAILED: second' 'x.cpp:1: [3/4]' 'Failed: ninja')"

check "only the program writes to standard output" \
  test "$("$root/server/run" --version | head -n 1)" = "enrichment-mock $(sed -n 's/^project.*VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")"

echo '{"name": "mine"}' >mine.json
check "files are looked for where it was called" test "$("$root/server/run" validate mine.json)" = "mine.json: valid"
check "exit status and flags pass through" test "$(status_of --prot 1)" = 2

"$root/server/run" --port 0 --scenario mine.json >ready 2>log &
server=$!
check "it says when and where it is ready" \
  within 60 grep -q '^enrichment-mock [0-9.]* listening on http://127.0.0.1:[0-9]* (scenario mine)$' ready
check "it answers there" curl -sSf -m 60 -o health "$(grep -o 'http://[^ ]*' ready)/__admin/health"
kill -TERM "$server"
check "a signal reaches the program, which ends in order" wait "$server"
server=
