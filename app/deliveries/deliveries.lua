-- Counts posts by the quarter-hour of their receipt and logs the last of them. Runs after the merge, so that only posts
-- whose events are safe are counted. Counts deliveries, so the order and number of posts matter here, unlike in the merge.
-- ARGV, after the events: the present time of the caller, which is later than `now` for posts that waited in its spool;
-- the instant by which things grow old for it;
-- then three for each post: its time of receipt in ms, its Delivery (JSON), its body ('' if not kept).
-- Delivery.again: the post was sent before and may have been counted then.
-- Returns the number of the last change.
local name = 'delivery:' .. whole(now - now % 900000)
local json = redis.call('GET', prefix .. name)
local readable, record = pcall(cjson.decode, json or '')
if not readable then record = {} end
local clock = tonumber(ARGV[events_end + 1])

-- After a clock was set back, no stored instant may lie in its future.
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

-- Of the posts since the newest accepted one: how many were refused, since when, and why the last one was.
local function note_signed(delivery, received)
  received = math.min(received, clock)
  receipts.last_event = math.max(received, receipts.last_event or 0)
  if delivery.outcome == 'refused' then
    receipts.refused_since = receipts.refused_since or received
    receipts.refused = (receipts.refused or 0) + 1
    receipts.cause = delivery.cause
  else
    receipts.last_accepted = math.max(received, receipts.last_accepted or 0)
    -- A post from the spool may have been received before the first refused one.
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

-- Ids that this call sees first: noted when all else is written, so that posts of a call that broke off count when they
-- are sent again.
local first_seen, to_note = {}, {}

local function is_known(event)
  local seen_at = redis.call('ZSCORE', prefix .. 'seen', event)
  return first_seen[event] or (seen_at and tonumber(seen_at) > second - SEEN_SECONDS)
end

local function outcome_of(delivery)
  if delivery.outcome then return delivery.outcome end
  if is_known(delivery.event) then return not delivery.again and 'duplicates' or nil end
  first_seen[delivery.event] = true
  to_note[#to_note + 1] = second
  to_note[#to_note + 1] = delivery.event
  return 'accepted'
end

local posts_begin = events_end + 3
if posts_begin <= #ARGV then read_receipts() end

local counted = false
for i = posts_begin, #ARGV, 3 do
  local received, body = ARGV[i], ARGV[i + 2]
  local delivery = cjson.decode(ARGV[i + 1])
  local outcome = outcome_of(delivery)
  if outcome then
    counted = true
    count(outcome)
    if delivery.counter then count(delivery.counter) end
  end
  if outcome and delivery.verified then
    note_signed(delivery, tonumber(received))
    redis.call('XADD', prefix .. 'deliveries', 'MAXLEN', '~', DELIVERIES, '*',
      'at', received, 'outcome', outcome, 'about', ARGV[i + 1], 'body', body)
  elseif outcome == 'unsigned' then
    redis.call('XADD', prefix .. 'unsigned', 'MAXLEN', UNSIGNED, '*', 'at', received, 'about', ARGV[i + 1])
  end
end

if not counted then return whole(last_change) end

-- Commands that the merge did not use come first: a user who may not use one of them has counted nothing yet.
-- Stream ids are the server's clock.
redis.call('XTRIM', prefix .. 'deliveries', 'MINID', '~', whole(second * 1000 - DELIVERIES_MS))
redis.call('XTRIM', prefix .. 'unsigned', 'MINID', whole(second * 1000 - DELIVERIES_MS))
redis.call('ZREMRANGEBYSCORE', prefix .. 'seen', '-inf', second - SEEN_SECONDS)
redis.call('ZREMRANGEBYRANK', prefix .. 'seen', 0, #to_note / 2 - SEEN - 1) -- room for the new ones
redis.call('EXPIRE', prefix .. 'seen', SEEN_SECONDS)
write_receipts()
if record.accepted then redis.call('HSETNX', prefix .. 'meta', 'first_event', whole(now)) end

record.newest = math.max(now, record.newest or 0)
-- The newest record has the last word about them: numbers of changes tell which, whatever the clock was set to.
receipts.number = last_change + 1
record.receipts = receipts
json = cjson.encode(record)
redis.call('SET', prefix .. name, json, 'PX', whole(retention))
redis.call('ZADD', prefix .. 'index:delivery', whole(record.newest), name)
redis.call('ZREMRANGEBYSCORE', prefix .. 'index:delivery', '-inf', whole(age - retention))
append(name, json)
if #to_note > 0 then
  redis.call('ZADD', prefix .. 'seen', unpack(to_note))
  redis.call('EXPIRE', prefix .. 'seen', SEEN_SECONDS)
end
return whole(last_change)
