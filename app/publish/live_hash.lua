-- KEYS: the hash, the lease. ARGV: this process, the lease's life in ms, then fields and values, `at` first.
-- Returns 1 when the hash holds these numbers now, 0 when another process sees to it.
local owner = redis.call('GET', KEYS[2])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
redis.call('DEL', KEYS[1])
for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1
