-- The calls of a test, in turn, from BENCH_CALLS, a line each: method, path, and a body if there is one. Each test has a
-- number, which replaces {n}, and a key of its own. Each call waits for the response to the one before, as in a test: so
-- there is a thread for each connection.
dofile(os.getenv("BENCH_COMMON"))
local calls, next_call, tests, threads = {}, 0, 0, 0

function setup(thread)
  thread:set("thread_number", threads)
  threads = threads + 1
end

function init()
  take_headers()
  for line in os.getenv("BENCH_CALLS"):gmatch("[^\n]+") do
    local method, path, body = line:match("^(%S+) (%S+) ?(.*)$")
    calls[#calls + 1] = { method, path, body ~= "" and body or nil }
  end
  if thread_number == 0 then next_call = #calls - 1 end  -- in which wrk makes one request that it does not send
end

function request()
  next_call = next_call % #calls + 1
  if next_call == 1 then tests = tests + 1 end
  local test = thread_number .. "-" .. tests
  wrk.headers["x-api-key"] = "test-" .. test
  local method, path, body = unpack(calls[next_call])
  return wrk.format(method, path, nil, body and body:gsub("{n}", test) or nil)
end

function done(summary, latency)
  report(summary, latency)
end
