-- What wrk sends, and what it prints: POST /predict with one headline after the other.
-- DELAY_MS: how long each connection waits between requests; 0 sends as fast as it is answered.

local headlines = {
  "Exchange halts withdrawals as losses mount",
  "Bitcoin rallies after upbeat inflation report",
  "Central bank leaves rates unchanged for a third time",
  "Chipmaker raises its outlook for the year after a record quarter",
  "Retailer's profit falls by a third, shares slide",
  "Company to hold its annual general meeting on 12 May",
  "Regulator fines broker over missing customer records",
  "Miners report higher revenue as fees double",
}

local requests = {}
local next = 0
local pause = tonumber(os.getenv("DELAY_MS") or "0")

function init()
  for i, headline in ipairs(headlines) do
    local body = string.format('{"text": "%s"}', headline)
    requests[i] = wrk.format("POST", "/predict", { ["Content-Type"] = "application/json" }, body)
  end
end

function request()
  next = next % #requests + 1
  return requests[next]
end

if pause > 0 then
  function delay()
    return pause
  end
end

function done(summary, latency)
  local e = summary.errors
  print(string.format(
    'RESULT {"requests": %d, "seconds": %f, "errors": %d, "p50_ms": %f, "p99_ms": %f}',
    summary.requests, summary.duration / 1e6,
    e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
