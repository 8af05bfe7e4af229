-- Put before the merge, which calls it with each delta of an operator, and once everything is computed.
-- Notes when an operator was there: a hash for each operator and UTC day, of which every event is a union, in any order.
-- Instants are ms since the day began, or since the quarter-hour. Fields:
--   c<ms>, d<ms>                      a connect, a disconnect: the newest SIGNS of both, each ''
--   <quarter>                         'first,last;first,last;first,last' of its acts, its closes, its onsite pushes
--   <quarter>+<channel>, -<channel>   'first,last' of what said that they are available there, or not
-- A first that is the last, too, stands alone.
-- The sorted set `present:<day>` names the operators of a day. All of it goes once a day is `people_life` old.
-- ARGV[3]: `people_life`, in ms.
local QUARTER = 900000
local people_life = tonumber(ARGV[3])
local presences, presence_order = {}, {}

-- Lua's < follows the server's locale: ids are compared as bytes.
local function bytes_after(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then return x > y end
  end
  return #a > #b
end

local function presence_of(operator, day)
  local days = presences[operator]
  if not days then
    days = {}
    presences[operator] = days
  end
  local presence = days[day]
  if not presence then
    local key = prefix .. 'presence:' .. day .. ':' .. operator
    presence = {key = key, day = day, operator = operator, fields = {}, changed = {}}
    days[day], presence_order[#presence_order + 1] = presence, presence
  end
  return presence
end

-- Reads a field as numbers; nil where there is none.
local function numbers_of(presence, field, pattern)
  local numbers = presence.fields[field]
  if not numbers then
    local value = redis.call('HGET', presence.key, field)
    numbers = value and {value:match(pattern)} or {}
    for i = 1, 5, 2 do
      numbers[i] = tonumber(numbers[i])
      numbers[i + 1] = tonumber(numbers[i + 1]) or numbers[i]
    end
    presence.fields[field] = numbers
    presence.is_new = presence.is_new or not value
  end
  return numbers
end

local function widen(presence, field, pattern, place, ms)
  local numbers = numbers_of(presence, field, pattern)
  if not numbers[place] or ms < numbers[place] then numbers[place], presence.changed[field] = ms, true end
  if not numbers[place + 1] or ms > numbers[place + 1] then numbers[place + 1], presence.changed[field] = ms, true end
end

local function sign(presence, field)
  presence.fields[field], presence.changed[field], presence.has_sign = '', true, true
end

local function note_presence(operator, delta, age)
  if not (delta.act or delta.came or delta.left or delta.available) then return end
  local day = math.floor(delta.newest / DAY)
  if day * DAY + people_life <= age then return end
  local presence, ms = presence_of(operator, day), delta.newest % DAY
  if delta.connects then sign(presence, 'c' .. ms) end
  if delta.left then sign(presence, 'd' .. ms) end
  local quarter, within = math.floor(ms / QUARTER), ms % QUARTER
  if delta.act or delta.came then
    local place = not delta.came and 3 or delta.act and 1 or 5
    widen(presence, quarter .. '', '^(%d*),?(%d*);(%d*),?(%d*);(%d*),?(%d*)$', place, within)
  end
  if not delta.available then return end
  presence.has_channel = true
  for channel, availability in pairs(delta.available) do
    widen(presence, quarter .. (availability[4] and '+' or '-') .. channel, '^(%d*),?(%d*)$', 1, within)
  end
end

local function pair(numbers, place)
  local first, last = numbers[place], numbers[place + 1]
  return first and (first == last and first or first .. ',' .. last) or ''
end

local function written(field, numbers)
  if numbers == '' then return '' end
  if not tonumber(field) then return pair(numbers, 1) end
  return pair(numbers, 1) .. ';' .. pair(numbers, 3) .. ';' .. pair(numbers, 5)
end

-- Past the bound the newest signs stay, and the first channels by their bytes, whatever came first.
local function drop_beyond(presence)
  local signs, channels, seen = {}, {}, {}
  for _, field in ipairs(redis.call('HKEYS', presence.key)) do
    local channel = field:match('^%d+[+-](.*)$')
    if field:find('^[cd]') then
      signs[#signs + 1] = field
    elseif channel and not seen[channel] then
      seen[channel], channels[#channels + 1] = true, channel
    end
  end
  if #signs > SIGNS then
    table.sort(signs, function(a, b)
      local at, other = tonumber(a:sub(2)), tonumber(b:sub(2))
      return at > other or (at == other and a:byte() > b:byte())
    end)
    for i = SIGNS + 1, #signs do redis.call('HDEL', presence.key, signs[i]) end
  end
  if #channels > CHANNELS then
    table.sort(channels, function(a, b) return bytes_after(b, a) end)
    for i = CHANNELS + 1, #channels do
      for quarter = 0, 95 do
        redis.call('HDEL', presence.key, quarter .. '+' .. channels[i], quarter .. '-' .. channels[i])
      end
    end
  end
end

local function write_presences(age)
  for _, presence in ipairs(presence_order) do
    local values = {}
    for field in pairs(presence.changed) do
      values[#values + 1] = field
      values[#values + 1] = written(field, presence.fields[field])
    end
    if #values > 0 then
      local is_first = (presence.is_new or presence.has_sign) and redis.call('TTL', presence.key) == -2
      for i = 1, #values, 100 do redis.call('HSET', presence.key, unpack(values, i, math.min(i + 99, #values))) end
      if presence.has_sign or presence.has_channel then drop_beyond(presence) end
      if is_first then
        local lives = whole(presence.day * DAY + people_life - age)
        redis.call('PEXPIRE', presence.key, lives)
        redis.call('ZADD', prefix .. 'present:' .. presence.day, 0, presence.operator)
        redis.call('PEXPIRE', prefix .. 'present:' .. presence.day, lives)
      end
    end
  end
end
