-- Sends COUNT requests for the credits, each with a key that the server has not seen, and then stops. Prints how long they
-- took: wrk itself stops up to 100 ms later, and sends more requests until then, with a known key.
dofile(os.getenv("BENCH_COMMON"))
local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long s, ns; } bench_time;
  int clock_gettime(int clock, bench_time* time);
  int getpid();
  int kill(int pid, int signal);
]]
local COUNT, PREFIX, SIGINT = tonumber(os.getenv("BENCH_COUNT")), os.getenv("BENCH_KEYS"), 2
local threads, time = {}, ffi.new("bench_time")
local sent, started = -1, 0  -- wrk makes one request that it does not send
answered, took_us = 0, 0

function setup(thread) threads[#threads + 1] = thread end

local function now_us()
  ffi.C.clock_gettime(1, time)
  return tonumber(time.s) * 1e6 + tonumber(time.ns) / 1e3
end

function init()
  take_headers()
end

function request()
  sent = sent + 1
  if sent == 1 then started = now_us() end
  wrk.headers["x-api-key"] = PREFIX .. math.min(math.max(sent, 1), COUNT)
  return wrk.format("GET", "/v1/api/enrichment/credits")
end

function response(status)
  if status ~= 200 then return end
  answered = answered + 1
  if answered == COUNT then
    took_us = now_us() - started
    ffi.C.kill(ffi.C.getpid(), SIGINT)
  end
end

function done(summary, latency)
  local thread = threads[1]
  report(summary, latency, string.format('"answered":%d,"took_us":%d,', thread:get("answered"), thread:get("took_us")))
end
