-- Put before every script that changes records: the one place where a change gets its number.
local prefix = KEYS[1]
local now, retention = tonumber(ARGV[1]), tonumber(ARGV[2])

local function whole(number)
  return string.format('%.0f', number)
end

-- Nothing is read or written that another program means otherwise. A store without a schema has none of its own yet.
local schema, last_change, mark, marked_at =
  unpack(redis.call('HMGET', prefix .. 'meta', 'schema', 'n', 'mark', 'marked_at'))
if schema and tonumber(schema) ~= SCHEMA then return redis.error_reply('SCHEMA ' .. schema) end

-- The stream has the last word: a number that it has seen before would be refused half-way.
last_change = tonumber(last_change or 0)
local newest_entry = redis.call('XREVRANGE', prefix .. 'changes', '+', '-', 'COUNT', 1)[1]
if newest_entry then last_change = math.max(last_change, tonumber(newest_entry[1]:match('^%d+'))) end

-- As many as a rush brings are hours of a quiet day, and megabytes: what is older than two marks goes.
local function forget_old_changes()
  if now - tonumber(marked_at or 0) < CHANGES_MS then return end
  if mark then redis.call('XTRIM', prefix .. 'changes', 'MINID', '~', mark .. '-0') end
  mark, marked_at = whole(last_change), whole(now)
  redis.call('HSET', prefix .. 'meta', 'mark', mark, 'marked_at', marked_at)
end

local function append(name, json)
  forget_old_changes()
  last_change = last_change + 1
  local number = whole(last_change)
  -- The number first: should the stream refuse its entry, the missing one has readers load all records again.
  redis.call('HSET', prefix .. 'meta', 'n', number, 'schema', SCHEMA)
  redis.call('XADD', prefix .. 'changes', 'MAXLEN', '~', CHANGES, number .. '-0', 'name', name, 'record', json)
end
