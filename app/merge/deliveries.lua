-- Counts posts by the quarter-hour of their receipt, and keeps the last of them. Outside of the law: it counts deliveries.
-- Runs after the merge, so that only posts whose events are safe are counted.
-- ARGV, after the events: the present time of the caller, which `now` is behind for posts that waited in its spool; then
-- for each post what is told about it (JSON), and its body ('' when not kept).
-- `again`: it was sent before, and whether it came is not known. If it did, it is counted already.
-- Returns the number of the last change.
local name = 'delivery:' .. whole(now - now % 900000)
local json = redis.call('GET', prefix .. name)
local readable, record = pcall(cjson.decode, json or '')
if not readable then record = {} end
local clock = tonumber(ARGV[events_end + 1])

-- A clock that was set back must not leave an instant of its future behind: what is stored counts up to the present.
local function up_to_present(ms)
  if ms then return math.min(tonumber(ms), clock) end
end

local receipts = {}
local function read_receipts()
  local last_event, last_accepted, refused_since, refused, cause =
    unpack(redis.call('HMGET', prefix .. 'meta', 'last_event', 'last_accepted', 'refused_since', 'refused', 'cause'))
  receipts = {
    last_event = up_to_present(last_event),
    last_accepted = up_to_present(last_accepted),
    refused_since = up_to_present(refused_since),
    refused = tonumber(refused),
    cause = cause or nil,
  }
end

-- Of the posts since the newest that was taken: how many were refused, since when, and why the last one was.
local function note_signed(about)
  local received = math.min(now, clock)
  receipts.last_event = math.max(received, receipts.last_event or 0)
  if about.outcome == 'refused' then
    receipts.refused_since = receipts.refused_since or received
    receipts.refused = (receipts.refused or 0) + 1
    receipts.cause = about.cause
  else
    receipts.last_accepted = math.max(received, receipts.last_accepted or 0)
    -- What waited in a spool may have come before the first of them.
    if receipts.refused_since and received >= receipts.refused_since then
      receipts.refused_since, receipts.refused, receipts.cause = nil, nil, nil
    end
  end
end

local function write_receipts()
  local fields = {}
  for _, name in ipairs({'last_event', 'last_accepted', 'refused_since', 'refused', 'cause'}) do
    local value = receipts[name]
    if value then
      fields[#fields + 1] = name
      fields[#fields + 1] = type(value) == 'number' and whole(value) or value
    end
  end
  if not receipts.refused then redis.call('HDEL', prefix .. 'meta', 'refused_since', 'refused', 'cause') end
  if #fields > 0 then redis.call('HSET', prefix .. 'meta', unpack(fields)) end
end

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

local posts_begin = events_end + 2
if posts_begin <= #ARGV then
  redis.call('ZREMRANGEBYSCORE', prefix .. 'seen', '-inf', second - SEEN_SECONDS)
  read_receipts()
end

local counted = false
for i = posts_begin, #ARGV, 2 do
  local about = cjson.decode(ARGV[i])
  local counter = outcome(about)
  if counter then
    counted = true
    count(counter)
    if about.counter then count(about.counter) end
  end
  if counter and about.verified then
    note_signed(about)
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
-- The newest record has the last word about them: numbers of changes tell which, whatever the clock was set to.
receipts.number = last_change + 1
record.receipts = receipts
json = cjson.encode(record)
redis.call('SET', prefix .. name, json, 'PX', whole(retention))
redis.call('ZADD', prefix .. 'index:delivery', whole(record.newest), name)
redis.call('ZREMRANGEBYSCORE', prefix .. 'index:delivery', '-inf', whole(now - retention))
write_receipts()
if record.accepted then redis.call('HSETNX', prefix .. 'meta', 'first_event', whole(now)) end
-- Stream ids are the server's clock.
redis.call('XTRIM', prefix .. 'deliveries', 'MINID', '~', whole(now - DELIVERIES_MS))
append(name, json)
return whole(last_change)
