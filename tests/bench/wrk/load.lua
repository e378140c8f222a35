-- One fixed request, taken from the environment. wrk builds it once, so that the script costs the load generator nothing.
dofile(os.getenv("BENCH_COMMON"))
wrk.method = os.getenv("BENCH_METHOD")
wrk.body = os.getenv("BENCH_BODY")
take_headers()

function done(summary, latency)
  report(summary, latency)
end
