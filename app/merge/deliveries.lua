-- Counts posts by the quarter-hour of their receipt, and keeps the last of them. Outside of the law: it counts deliveries.
-- ARGV: now (ms), retention (ms), then for each post: what is told about it (JSON), and its body ('' when not kept).
-- Returns the number of the last change.
local now, retention = tonumber(ARGV[1]), tonumber(ARGV[2])
local SEEN_SECONDS, KEPT, KEPT_MS, UNSIGNED_KEPT = 3600, 10000, 24 * 3600 * 1000, 20
local at = string.format('%.0f', now)
local name = string.format('delivery:%.0f', now - now % 900000)
local json = redis.call('GET', prefix .. name)
local record = json and cjson.decode(json) or {}

local function count(counter)
  record[counter] = (record[counter] or 0) + 1
end

local function outcome(about)
  if about.outcome then return about.outcome end
  local first = redis.call('SET', prefix .. 'seen:' .. about.event, '', 'NX', 'EX', SEEN_SECONDS)
  return first and 'accepted' or 'duplicates'
end

for i = 3, #ARGV, 2 do
  local about = cjson.decode(ARGV[i])
  local counter = outcome(about)
  count(counter)
  if about.counter then count(about.counter) end
  if about.verified then
    record.last_event = now
    redis.call('XADD', prefix .. 'deliveries', 'MAXLEN', '~', KEPT, '*',
      'at', at, 'outcome', counter, 'about', ARGV[i], 'body', ARGV[i + 1])
  elseif counter == 'unsigned' then
    redis.call('XADD', prefix .. 'unsigned', 'MAXLEN', UNSIGNED_KEPT, '*', 'at', at, 'about', ARGV[i])
  end
end

record.newest = math.max(now, record.newest or 0)
json = cjson.encode(record)
redis.call('SET', prefix .. name, json, 'PX', string.format('%.0f', retention))
redis.call('ZADD', prefix .. 'index:delivery', at, name)
redis.call('ZREMRANGEBYSCORE', prefix .. 'index:delivery', '-inf', string.format('%.0f', now - retention))
if record.last_event then
  redis.call('HSET', prefix .. 'meta', 'last_event', string.format('%.0f', record.last_event))
end
-- Stream ids are the server's clock.
redis.call('XTRIM', prefix .. 'deliveries', 'MINID', '~', string.format('%.0f', now - KEPT_MS))
append(name, json)
return last_change()
