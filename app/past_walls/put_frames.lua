-- Puts hours of boards as they were shown, and drops the oldest of all boards while they are too old or too many.
-- KEYS: the prefix. ARGV: the oldest hour that is kept, how many bytes are, for how many seconds without another call, then
-- for each its board, its hour and its value.
local prefix, oldest, most, lives = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local hours, total = prefix .. 'shown-hours', prefix .. 'shown-bytes'
local OVERHEAD = 150 -- of the store, for each

local function size_of(key, hour)
  local length = redis.call('HSTRLEN', key, hour)
  return length > 0 and length + OVERHEAD or 0
end

local bytes = tonumber(redis.call('GET', total) or 0)
for i = 4, #ARGV, 3 do
  local board, hour, value = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local key = prefix .. 'shown:' .. board
  bytes = bytes + #value + OVERHEAD - size_of(key, hour)
  redis.call('HSET', key, hour, value)
  redis.call('EXPIRE', key, lives)
  redis.call('ZADD', hours, hour, hour .. ' ' .. board)
end

while true do
  local member, hour = unpack(redis.call('ZRANGE', hours, 0, 0, 'WITHSCORES'))
  if not member or (tonumber(hour) >= oldest and bytes <= most) then break end
  local key = prefix .. 'shown:' .. member:match(' (.*)')
  bytes = bytes - size_of(key, hour)
  redis.call('HDEL', key, hour)
  redis.call('ZREM', hours, member)
end

redis.call('SET', total, string.format('%.0f', math.max(0, bytes)), 'EX', lives)
redis.call('EXPIRE', hours, lives)
return bytes
