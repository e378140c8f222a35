-- Shared by the scripts: the headers of each request, and the results as a line of JSON.
function take_headers()
  for line in os.getenv("BENCH_HEADERS"):gmatch("[^\n]+") do
    local name, value = line:match("^(.-): (.*)$")
    wrk.headers[name] = value
  end
end

-- `more` is members of the object, each followed by a comma.
function report(summary, latency, more)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {%s"requests":%d,"us":%d,"p50us":%d,"p99us":%d,"p999us":%d,' ..
    '"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d}\n', more or "",
    summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
