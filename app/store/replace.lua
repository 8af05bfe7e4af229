-- Puts one record that is replaced as a whole, never merged. ARGV: now, retention (ms), name, JSON.
if redis.call('GET', prefix .. ARGV[3]) ~= ARGV[4] then
  redis.call('SET', prefix .. ARGV[3], ARGV[4])
  append(ARGV[3], ARGV[4])
end
