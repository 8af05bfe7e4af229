-- KEYS: the hash, the lease. ARGV: this process's token, then fields and values, `at` first.
-- Returns 1 when the hash holds these numbers now, 0 when another process holds the lease by now.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1
