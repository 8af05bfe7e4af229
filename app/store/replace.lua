-- Puts one record that is replaced as a whole, never merged. ARGV: name, JSON. Returns the number of the last change.
if redis.call('GET', prefix .. ARGV[1]) ~= ARGV[2] then
  redis.call('SET', prefix .. ARGV[1], ARGV[2])
  append(ARGV[1], ARGV[2])
end
return last_change()
