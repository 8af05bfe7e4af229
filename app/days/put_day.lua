-- Puts the sums of one UTC day. An older fold never takes the place of a newer one, and none that of a frozen day.
-- ARGV: now, retention (ms), date, number of the day since 1970, what it is (open, frozen, imported), the last change
-- before its records were read, its value, what `days:touched` said of it then ('': nothing), from which instant on it may
-- freeze (ms), 1 to put it whatever is there, what each operator did ('': not known), for how long that is kept (ms).
-- A value is stored behind two words: what it is, and that change.
-- Returns what it is now; 'newer', 'kept' or 'counted' when nothing was put: there is a newer one, a frozen one, or (for
-- one that is imported) there are records.
local date, day, kind, change, value = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local read, freezes_at, is_forced = ARGV[8], tonumber(ARGV[9]), ARGV[10] == '1'
local days, touched = prefix .. 'days', prefix .. 'days:touched'

local function has_records()
  for _, index in ipairs({'conversation', 'sale'}) do
    local from, to = whole(day * DAY), '(' .. whole((day + 1) * DAY)
    if redis.call('ZRANGE', prefix .. 'index:' .. index, from, to, 'BYSCORE', 'LIMIT', 0, 1)[1] then return true end
  end
  return redis.call('ZRANGE', prefix .. 'index:day', day, day, 'BYSCORE', 'LIMIT', 0, 1)[1] ~= nil
end

local there, there_change = string.match(redis.call('HGET', days, date) or '', '^(%a+) (%d+) ')
if not is_forced then
  if kind == 'imported' then
    if has_records() then return 'counted' end
  elseif there and there ~= 'open' then
    return 'kept'
  elseif there and tonumber(there_change) > tonumber(change) then
    return 'newer'
  end
end

local is_untouched = (redis.call('HGET', touched, day) or '') == read
if kind == 'frozen' and not (is_untouched and redis.call('TIME')[1] * 1000 >= freezes_at) then kind = 'open' end
redis.call('HSET', days, date, kind .. ' ' .. change .. ' ' .. value)
local people, people_lives = ARGV[11], tonumber(ARGV[12])
if people ~= '' and people_lives > 0 then
  redis.call('SET', prefix .. 'people-sums:' .. date, people, 'PX', whole(people_lives))
end
if is_untouched or kind == 'imported' then redis.call('HDEL', touched, day) end
redis.call('HSET', prefix .. 'meta', 'days', whole((redis.call('HGET', prefix .. 'meta', 'days') or 0) + 1))
return kind
