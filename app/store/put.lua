-- Puts one record that is replaced as a whole, never merged.
-- ARGV: now, retention (ms), name, JSON, its end (ms, 0: none), name of the index that leads a starting process to it
-- ('': it is known by name), how many versions of it are kept (0: none), and, if it must be so, what is there now
-- ('': nothing).
local name, json, expires, index, versions, expected =
  ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7]), ARGV[8]
local found = redis.call('GET', prefix .. name) or ''
if expected and found ~= expected then return false end

if found ~= json then
  if versions > 0 then  -- first: a user who may not do this has changed nothing by then
    local list = prefix .. 'versions:' .. name
    redis.call('LPUSH', list, json)
    redis.call('LTRIM', list, 0, versions - 1)
    if expires > 0 then redis.call('PEXPIRE', list, whole(math.max(expires - now, 1))) else redis.call('PERSIST', list) end
  end
  redis.call('SET', prefix .. name, json)
  if expires > 0 then redis.call('PEXPIRE', prefix .. name, whole(math.max(expires - now, 1))) end
  if index ~= '' then
    redis.call('ZADD', prefix .. 'index:' .. index, expires > 0 and whole(expires) or '+inf', name)
    redis.call('ZREMRANGEBYSCORE', prefix .. 'index:' .. index, '-inf', whole(math.min(now, 1000 * redis.call('TIME')[1])))
  end
  append(name, json)
end
return whole(last_change)
