-- load.lua - what wrk sends, and its result as one line "result ...".
--   MODE=get    the path of the URL, with the headers given
--   MODE=post   readings of 32 devices BENCH-1 .. BENCH-32 in turn, each with
--               INSTANTS instants of SENSORS sensors, at times never sent yet
-- HEADERS holds "Name: value" lines; BASE is a device's first time in ms.
local mode = os.getenv('MODE')
local instants = tonumber(os.getenv('INSTANTS') or 1)
local sensors = tonumber(os.getenv('SENSORS') or 1)
local base = tonumber(os.getenv('BASE') or 0)
local DEVICES, STEP_MS = 32, 1000

for name, value in (os.getenv('HEADERS') or ''):gmatch('([^\n:]+): ([^\n]+)') do
	wrk.headers[name] = value
end

local sent = 0

-- One device's next stretch of time: values that wander, two decimals.
local function body()
	local device = sent % DEVICES
	local first = base + math.floor(sent / DEVICES) * instants * STEP_MS
	local readings = {}

	sent = sent + 1
	for i = 1, instants do
		local t = first + (i - 1) * STEP_MS
		local values = {}

		for s = 1, sensors do
			values[s] = string.format('"ch%d":%.2f', s - 1,
			    50 + 20 * math.sin(t / 60000 + s + device) +
			    math.random())
		end
		readings[i] = string.format('{"device":"BENCH-%d","ts":%d,' ..
		    '"values":{%s}}', device + 1, t, table.concat(values, ','))
	end
	return '{"readings":[' .. table.concat(readings, ',') .. ']}'
end

function request()
	if mode == 'get' then
		return wrk.format()
	end
	return wrk.format('POST', nil, nil, body())
end

function done(summary, latency)
	local e = summary.errors

	print(string.format('result %d %.6f %.3f %.3f %d', summary.requests,
	    summary.duration / 1e6, latency:percentile(50) / 1000,
	    latency:percentile(99) / 1000,
	    e.status + e.connect + e.read + e.write + e.timeout))
end
