#!/usr/bin/env bash
# The mock in a shell script: start it on a free port, request a lead, let the clock run, verify.
set -euo pipefail
folder=$(mktemp -d)
"${ENRICHMENT_MOCK_BINARY:-enrichment-mock}" --port 0 --port-file "$folder/port" --clock manual --quiet >"$folder/ready" &
mock=$!
trap 'set +e; kill "$mock" 2>/dev/null; wait "$mock"; rm -r "$folder"' EXIT
until [ -s "$folder/port" ]; do
  kill -0 "$mock" 2>/dev/null || { echo "the mock did not start" >&2; exit 1; }
  sleep 0.05
done
url=http://127.0.0.1:$(cat "$folder/port")

ask() { curl -sSf -m 10 -w '\n' -H 'x-api-key: default.smoke' -H 'content-type: application/json' "$@"; }
ask "$url/v1/api/enrichment/email" -d '{"linkedin_url": "https://www.linkedin.com/in/jane", "type": "work"}'
ask -X POST "$url/__admin/settle"
ask "$url/__admin/verify" -d '{"expect": [{"outcomes": {"completed": 1}}, {"credits": {"charged": 1}}, {"unmatched": 0}]}'
