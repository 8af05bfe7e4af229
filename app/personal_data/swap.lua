-- Replaces a value by another one for as long as it lives, if it is still the one that was read.
-- ARGV: the value that was read, the new one.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
return 1
