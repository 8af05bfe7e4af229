-- Counts posts by the quarter-hour of their receipt, and keeps the last of them. Outside of the law: it counts deliveries.
-- Runs after the merge, so that only posts whose events are safe are counted.
-- ARGV, after the events: for each post what is told about it (JSON), and its body ('' when not kept).
-- `again`: it was sent before, and whether it came is not known. If it did, it is counted already.
-- Returns the number of the last change.
local name = 'delivery:' .. whole(now - now % 900000)
local json = redis.call('GET', prefix .. name)
local readable, record = pcall(cjson.decode, json or '')
if not readable then record = {} end

local function count(counter)
  record[counter] = (record[counter] or 0) + 1
end

-- By the server's clock: what waited in a spool for hours is as new to the store as any.
local second = tonumber(redis.call('TIME')[1])

local function outcome(about)
  if about.outcome then return about.outcome end
  if redis.call('ZADD', prefix .. 'seen', 'NX', second, about.event) == 1 then return 'accepted' end
  return not about.again and 'duplicates' or nil
end

if events_end < #ARGV then redis.call('ZREMRANGEBYSCORE', prefix .. 'seen', '-inf', second - SEEN_SECONDS) end

local counted = false
for i = events_end + 1, #ARGV, 2 do
  local about = cjson.decode(ARGV[i])
  local counter = outcome(about)
  if counter then
    counted = true
    count(counter)
    if about.counter then count(about.counter) end
  end
  if counter and about.verified then
    record.last_event = math.max(now, record.last_event or 0)
    redis.call('XADD', prefix .. 'deliveries', 'MAXLEN', '~', DELIVERIES, '*',
      'at', whole(now), 'outcome', counter, 'about', ARGV[i], 'body', ARGV[i + 1])
  elseif counter == 'unsigned' then
    redis.call('XADD', prefix .. 'unsigned', 'MAXLEN', UNSIGNED, '*', 'at', whole(now), 'about', ARGV[i])
  end
end

if not counted then return whole(last_change) end

redis.call('ZREMRANGEBYRANK', prefix .. 'seen', 0, -SEEN - 1)
redis.call('EXPIRE', prefix .. 'seen', SEEN_SECONDS)

record.newest = math.max(now, record.newest or 0)
json = cjson.encode(record)
redis.call('SET', prefix .. name, json, 'PX', whole(retention))
redis.call('ZADD', prefix .. 'index:delivery', whole(record.newest), name)
redis.call('ZREMRANGEBYSCORE', prefix .. 'index:delivery', '-inf', whole(now - retention))
local last_event = tonumber(redis.call('HGET', prefix .. 'meta', 'last_event') or 0)
if (record.last_event or 0) > last_event then
  redis.call('HSET', prefix .. 'meta', 'last_event', whole(record.last_event))
end
if record.accepted then redis.call('HSETNX', prefix .. 'meta', 'first_event', whole(now)) end
-- Stream ids are the server's clock.
redis.call('XTRIM', prefix .. 'deliveries', 'MINID', '~', whole(now - DELIVERIES_MS))
append(name, json)
return whole(last_change)
