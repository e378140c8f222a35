-- The calls of a test, in turn, from BENCH_CALLS, a line each: method, path, and a body if there is one. Each test has a
-- number, which replaces {n}, and a key of its own. A connection sends the calls of a test at once, and the calls of the
-- next test when all have their responses.
dofile(os.getenv("BENCH_COMMON"))
local calls, tests = {}, 0

function init()
  take_headers()
  for line in os.getenv("BENCH_CALLS"):gmatch("[^\n]+") do
    local method, path, body = line:match("^(%S+) (%S+) ?(.*)$")
    calls[#calls + 1] = { method, path, body ~= "" and body or nil }
  end
end

function request()
  tests = tests + 1
  wrk.headers["x-api-key"] = "test-" .. tests
  local all = {}
  for n, call in ipairs(calls) do
    all[n] = wrk.format(call[1], call[2], nil, call[3] and call[3]:gsub("{n}", tests) or nil)
  end
  return table.concat(all)
end

function done(summary, latency)
  report(summary, latency)
end
