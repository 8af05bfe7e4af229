-- Put before every script that changes records: the one place where a change gets its number.
local prefix = KEYS[1]

local function append(name, json)
  local n = redis.call('HINCRBY', prefix .. 'meta', 'n', 1)
  redis.call('XADD', prefix .. 'changes', 'MAXLEN', '~', 10000, string.format('%.0f-0', n), 'name', name, 'record', json)
end

local function last_change()
  return tonumber(redis.call('HGET', prefix .. 'meta', 'n') or 0)
end
