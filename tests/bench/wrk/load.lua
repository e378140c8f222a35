-- One fixed request, taken from the environment. wrk builds it once, so that the script costs the load generator
-- nothing.
dofile(os.getenv("BENCH_COMMON"))
wrk.method = os.getenv("BENCH_METHOD")
wrk.body = os.getenv("BENCH_BODY")
take_headers()

-- With different lengths, so that the connections do not synchronise.
local pause = tonumber(os.getenv("BENCH_PAUSE_MS"))
if pause then
  function delay() return math.random(1, 2 * pause - 1) end
end

function done(summary, latency)
  report(summary, latency)
end
