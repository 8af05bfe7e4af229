-- Forgets the change stream, and has every process read all records again: the number of the next change is left out,
-- which tells a reader that it missed one. ARGV: now, retention.
redis.call('HINCRBY', prefix .. 'meta', 'erased', 1)
redis.call('XTRIM', prefix .. 'changes', 'MAXLEN', 0)
last_change = last_change + 1
append('erasure', '{}')
return whole(last_change)
