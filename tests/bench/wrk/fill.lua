-- Sends COUNT requests for an enrichment, each for another person, and then stops. Callbacks go to the URLs in turn.
-- Prints how many were accepted, and a thousand of the ids, spread evenly.
dofile(os.getenv("BENCH_COMMON"))
local ffi = require("ffi")
ffi.cdef "int getpid(); int kill(int pid, int signal);"
local COUNT, KEPT, SIGINT = tonumber(os.getenv("BENCH_COUNT")), 1000, 2
local every = math.max(1, math.floor(COUNT / KEPT))
local urls = {}
for url in (os.getenv("BENCH_CALLBACKS") or ""):gmatch("%S+") do urls[#urls + 1] = url end
local threads = {}
local sent = -1  -- wrk makes one request that it does not send
accepted, ids = 0, ""

function setup(thread) threads[#threads + 1] = thread end

function init()
  take_headers()
end

function request()
  sent = sent + 1
  if sent < 1 or sent > COUNT then return wrk.format("GET", "/v1/api/enrichment/credits") end
  local callback = #urls > 0 and string.format(',"callback_url":"%s"', urls[sent % #urls + 1]) or ""
  local body = string.format('{"linkedin_url":"https://www.linkedin.com/in/person-%07d","type":"work"%s}', sent, callback)
  return wrk.format("POST", "/v1/api/enrichment/email", nil, body)
end

function response(status, headers, body)
  if status ~= 201 then return end
  accepted = accepted + 1
  if accepted % every == 0 then ids = ids .. '"' .. body:match('"_id":"(%x+)"') .. '",' end
  if accepted == COUNT then ffi.C.kill(ffi.C.getpid(), SIGINT) end  -- with which wrk ends
end

function done(summary, latency)
  local thread = threads[1]
  report(summary, latency, string.format('"accepted":%d,"ids":[%s],', thread:get("accepted"), thread:get("ids"):sub(1, -2)))
end
