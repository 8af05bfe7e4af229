-- Put before every script that changes records: the one place where a change gets its number.
local prefix = KEYS[1]
local now, retention = tonumber(ARGV[1]), tonumber(ARGV[2])

-- Nothing is read or written that another program means otherwise. A store without a schema has none of its own yet.
local schema = redis.call('HGET', prefix .. 'meta', 'schema')
if schema and tonumber(schema) ~= SCHEMA then return redis.error_reply('SCHEMA ' .. schema) end

local function whole(number)
  return string.format('%.0f', number)
end

-- The stream has the last word: a number that it has seen before would be refused half-way.
local last_change = tonumber(redis.call('HGET', prefix .. 'meta', 'n') or 0)
local newest_entry = redis.call('XREVRANGE', prefix .. 'changes', '+', '-', 'COUNT', 1)[1]
if newest_entry then last_change = math.max(last_change, tonumber(newest_entry[1]:match('^%d+'))) end

local function append(name, json)
  last_change = last_change + 1
  local number = whole(last_change)
  redis.call('HSET', prefix .. 'meta', 'n', number, 'schema', SCHEMA)
  redis.call('XADD', prefix .. 'changes', 'MAXLEN', '~', CHANGES, number .. '-0', 'name', name, 'record', json)
end
