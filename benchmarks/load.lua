-- Plays a file of requests, which NUL separates: over and over, or once.
local file = assert(io.open(os.getenv("BENCH_REQUESTS"), "rb"))
local requests = {}
for request in file:read("*a"):gmatch("%Z+") do requests[#requests + 1] = request end
file:close()

local once = os.getenv("BENCH_ONCE") == "1"
local think = tonumber(os.getenv("BENCH_THINK"))
local played = 0

function request()
  played = played + 1
  if played > #requests then
    if once then
      wrk.thread:stop()
      -- Or wrk would wait out its time, and count that too.
      io.popen("kill -INT $PPID"):close()
    end
    played = 1
  end
  return requests[played]
end

if think > 0 then
  function delay() return math.random(0, 2 * think) end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d", summary.requests, summary.duration, summary.bytes,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
  for _, part in ipairs({50, 99, 99.9}) do io.write(" ", latency:percentile(part)) end
  io.write("\n")
end
