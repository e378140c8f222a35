-- Polls the enrichments of the ids in the file, in turn.
dofile(os.getenv("BENCH_COMMON"))
local requests, last = {}, 0

function init()
  take_headers()
  for id in io.lines(os.getenv("BENCH_IDS")) do
    requests[#requests + 1] = wrk.format("GET", "/v1/api/enrichment/email/" .. id)
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end

function done(summary, latency)
  report(summary, latency)
end
