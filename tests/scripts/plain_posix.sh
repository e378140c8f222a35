#!/usr/bin/env bash
# The code for systems other than Linux, on Linux: kqueue and plain POSIX calls instead of epoll and Linux's own. Runs the
# tests that are about connections. Without libkqueue, which Ubuntu has as libkqueue-dev and Debian 12 does not, it exits
# with 77.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
cd "$(pwd -P)"
source server/packages.sh

if ! pkg-config --exists libkqueue; then
  echo "tests/scripts/plain_posix.sh: libkqueue-dev is not installed"
  exit 77
fi
folder=build/plain-posix
[ -e $folder/build.ninja ] || quietly cmake --preset debug -B $folder -DCMAKE_UNITY_BUILD=ON -DENRICHMENT_MOCK_PLAIN_POSIX=ON
ninja -C $folder unit_tests api_tests
$folder/tests/unit_tests --source-file='*/net/*,*/base/*'
$folder/tests/api_tests --source-file='*/http_*,*/sender_*,*/program_serve*,*/program_stop*,*/wiring*'
