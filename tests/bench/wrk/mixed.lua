-- The calls of clients: request an enrichment with a callback, then poll it until it has resolved. A poll that
-- is due is sent first; if none is due, a new enrichment is requested. The number of enrichments without their
-- callback is limited, because clients that wait for callbacks cause no unlimited load: at the limit it requests the
-- credits.
dofile(os.getenv("BENCH_COMMON"))
local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long s, ns; } bench_time;
  int clock_gettime(int clock, bench_time* time);
  int open(const char* file, int flags);
  void* mmap(void* at, size_t size, int protection, int flags, int file, long offset);
]]
local EMAIL, CREDITS = "/v1/api/enrichment/email", "/v1/api/enrichment/credits"
local INTERVAL_MS, MOST_PENDING = 250, 10000
local READ, SHARED = 1, 1
local received, earlier  -- the sink's count, now and at first
local callback = os.getenv("BENCH_CALLBACKS")
local threads, time = {}, ffi.new("bench_time")
local polls, first, last = {}, 1, 0  -- a queue of { id, due }
local asked = 0
accepted, resolved = 0, 0

function setup(thread) threads[#threads + 1] = thread end

function init()
  take_headers()
  local file = ffi.C.open(os.getenv("BENCH_RECEIVED"), 0)
  assert(file >= 0, "no file with the callbacks received")
  received = ffi.cast("const int64_t*", ffi.C.mmap(nil, 8, READ, SHARED, file, 0))
  earlier = tonumber(received[0])
end

local function now_ms()
  ffi.C.clock_gettime(1, time)
  return tonumber(time.s) * 1000 + tonumber(time.ns) / 1e6
end

function request()
  local head = polls[first]
  if head and head[2] <= now_ms() then
    polls[first] = nil
    first = first + 1
    return wrk.format("GET", EMAIL .. "/" .. head[1])
  end
  if asked + earlier - tonumber(received[0]) >= MOST_PENDING then return wrk.format("GET", CREDITS) end
  asked = asked + 1
  local body = string.format('{"linkedin_url":"https://www.linkedin.com/in/person-%07d","type":"work","callback_url":"%s"}',
                             asked % 1000000, callback)
  return wrk.format("POST", EMAIL, nil, body)
end

function response(status, headers, body)
  if status == 201 then accepted = accepted + 1 end
  local id, state = body:match('"_id":"(%x+)","status":"([%a-]+)"')
  if state == "pending" or state == "processing" then
    last = last + 1
    polls[last] = { id, now_ms() + INTERVAL_MS }
  elseif state then
    resolved = resolved + 1
  end
end

function done(summary, latency)
  local thread = threads[1]
  report(summary, latency, string.format('"accepted":%d,"resolved":%d,', thread:get("accepted"), thread:get("resolved")))
end
