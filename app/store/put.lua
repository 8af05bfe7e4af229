-- Puts one record that is replaced as a whole, never merged.
-- ARGV: now, retention (ms), name, JSON, its end (ms, 0: none), name of the index that leads a starting process to it
-- ('': it is known by name), and, if it must be so, what is there now ('': nothing).
local name, json, expires, index, expected = ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[7]
local found = redis.call('GET', prefix .. name) or ''
if expected and found ~= expected then return false end

if found ~= json then
  redis.call('SET', prefix .. name, json)
  if expires > 0 then redis.call('PEXPIRE', prefix .. name, whole(math.max(expires - now, 1))) end
  if index ~= '' then
    redis.call('ZADD', prefix .. 'index:' .. index, expires > 0 and whole(expires) or '+inf', name)
    redis.call('ZREMRANGEBYSCORE', prefix .. 'index:' .. index, '-inf', whole(math.min(now, 1000 * redis.call('TIME')[1])))
  end
  append(name, json)
end
return whole(last_change)
