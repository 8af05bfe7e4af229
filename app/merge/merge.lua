-- Joins deltas into records. A delta is the record that one event alone would make, so a join that is commutative,
-- associative and idempotent makes arrival order and repeats harmless.
-- A moment is [ms, rank, eventId, ...]: the key of the event, then what it set.
-- ARGV: now, retention (ms), what presence.lua takes, how many events, then for each its deltas as JSON:
-- [[name, delta], ...], then what deliveries.lua takes.
local events_end = 4 + tonumber(ARGV[4])

-- The server's clock: posts that waited in a spool for hours are new to the store. Asked before the first write, so that a
-- user who may not ask it leaves nothing half written.
local second = tonumber(redis.call('TIME')[1])

-- By which things grow old: never ahead of any clock, since one of them may have been put ahead by mistake.
local age = math.min(now, tonumber(ARGV[events_end + 2]), second * 1000 + 999)

local function newer(a, b)
  if not b then return true end
  if a[1] ~= b[1] then return a[1] > b[1] end
  if a[2] ~= b[2] then return a[2] > b[2] end
  return bytes_after(a[3], b[3])
end

local function set_registers(record, delta, fields)
  local changed = false
  for _, field in ipairs(fields) do
    if delta[field] and newer(delta[field], record[field]) then
      record[field] = delta[field]
      changed = true
    end
  end
  return changed
end

-- Puts a moment into its list, oldest first. Returns false when it is there already.
local function insert(list, moment)
  local i = #list
  while i > 0 and newer(list[i], moment) do i = i - 1 end
  if i > 0 and not newer(moment, list[i]) then return false end
  table.insert(list, i + 1, moment)
  return true
end

-- Ids are digits without leading zeros: shorter is smaller. Past the bound the smallest stay, whatever came first.
local function involve(involved, id)
  local i = #involved
  while i > 0 and (#involved[i] > #id or (#involved[i] == #id and bytes_after(involved[i], id))) do i = i - 1 end
  if involved[i] == id then return false end
  table.insert(involved, i + 1, id)
  return #involved <= INVOLVED or table.remove(involved) ~= id
end

-- Past the bound the channels that were told of last stay; of those that one event names, the first by their bytes.
local function drop_oldest(available)
  local count, oldest = 0, nil
  for channel, moment in pairs(available) do
    count = count + 1
    local other = oldest and available[oldest]
    if not oldest or newer(other, moment) or (not newer(moment, other) and bytes_after(channel, oldest)) then
      oldest = channel
    end
  end
  if count > CHANNELS then available[oldest] = nil end
end

-- Puts a span among others: those that it touches, or nearly, become one with it. Returns true when a gap came, went or
-- changed: after the newest span there is no gap yet.
local function cover(spans, span)
  local from, to = span[1], span[2]
  local first = 1
  while spans[first] and spans[first][2] + GAP < from do first = first + 1 end
  local last = first - 1
  while spans[last + 1] and spans[last + 1][1] - GAP <= to do last = last + 1 end
  local is_newest = last == #spans
  local before = spans[first]
  if last >= first then from, to = math.min(from, before[1]), math.max(to, spans[last][2]) end
  local changed = last ~= first or before[1] ~= from or (before[2] ~= to and not is_newest)
  for _ = first, last do table.remove(spans, first) end
  table.insert(spans, first, {from, to})
  return changed
end

local join = {}

-- What is older than the newest disconnect shows nothing any more, and is not kept.
function join.operator(record, delta)
  local left = record.left
  local changed = set_registers(record, delta, {'left', 'came', 'act'})
  local connects, available = record.connects or {}, record.available or {}
  if record.left ~= left then
    while connects[1] and not newer(connects[1], record.left) do table.remove(connects, 1) end
    for channel, moment in pairs(available) do
      if not newer(moment, record.left) then available[channel] = nil end
    end
  end
  for _, moment in ipairs(delta.connects or {}) do
    if newer(moment, record.left) and insert(connects, moment) then
      changed = #connects <= CONNECTS or table.remove(connects, 1) ~= moment or changed
    end
  end
  for channel, moment in pairs(delta.available or {}) do
    if newer(moment, record.left) and newer(moment, available[channel]) then
      available[channel] = moment
      drop_oldest(available)
      changed = changed or available[channel] == moment
    end
  end
  record.connects = connects[1] and connects
  record.available = next(available) and available
  return changed
end

function join.conversation(record, delta)
  local changed = set_registers(record, delta, {'close', 'csat', 'nps', 'custom', 'comment'})
  local pushes, involved = record.pushes or {}, record.involved or {}
  for _, moment in ipairs(delta.pushes or {}) do
    if insert(pushes, moment) then
      -- The first stays, and the newest of the rest.
      changed = #pushes <= PUSHES or table.remove(pushes, 2) ~= moment or changed
    end
  end
  for _, id in ipairs(delta.involved or {}) do
    changed = involve(involved, id) or changed
  end
  record.pushes = pushes[1] and pushes
  record.involved = involved[1] and involved
  return changed
end

function join.sale(record, delta)
  local changed = set_registers(record, delta, {'last'})
  if delta.first < (record.first or math.huge) then
    record.first = delta.first
    changed = true
  end
  return changed
end

function join.receiving(record, delta)
  local spans, changed = record.spans or {}, false
  for _, span in ipairs(delta.spans) do changed = cover(spans, span) or changed end
  while #spans > SPANS do table.remove(spans, 1) end
  record.spans = spans
  return changed
end

local function kind_of(name)
  return name:match('^%a+')
end

-- Adds the UTC days in which a record counts something, as numbers since 1970.
local COUNTED, NONE = {'close', 'csat', 'nps', 'custom'}, {}
local function add_days(days, record)
  for _, push in ipairs(record.pushes or NONE) do days[math.floor(push[1] / DAY)] = true end
  for _, field in ipairs(COUNTED) do
    if record[field] then days[math.floor(record[field][1] / DAY)] = true end
  end
  if record.first then days[math.floor(record.first / DAY)] = true end
end

-- Their newest end grows all the time and shows nowhere: it is stored, and no change is published for it.
local QUIET = {receiving = true}

local records, changed, told, order, days_of = {}, {}, {}, {}, {}

local function merge(name, delta)
  if delta.newest <= age - retention then return end
  if not records[name] then
    local json = redis.call('GET', prefix .. name)
    records[name] = json and cjson.decode(json) or {newest = 0}
    order[#order + 1] = name
    days_of[name] = {}
    add_days(days_of[name], records[name]) -- an answer that is given again leaves the day of the first one
  end
  local record, kind = records[name], kind_of(name)
  if kind == 'operator' then note_presence(name:sub(10), delta, age) end
  if join[kind](record, delta) then changed[name], told[name] = true, true end
  if delta.newest > record.newest then
    record.newest = delta.newest
    changed[name], told[name] = true, told[name] or not QUIET[kind]
  end
end

for i = 5, events_end do
  for _, pair in ipairs(cjson.decode(ARGV[i])) do merge(pair[1], pair[2]) end
end

-- Nothing above has written, and nothing below can stumble over what it was given: Lua does not roll back.
local writes = {}
for _, name in ipairs(order) do
  if changed[name] then
    local record = records[name]
    local pushes = record.pushes
    add_days(days_of[name], record)
    writes[#writes + 1] = {
      name = name,
      told = told[name],
      json = cjson.encode(record),
      newest = whole(record.newest),
      lives = whole(record.newest + retention - age),
      open = pushes and newer(pushes[#pushes], record.close),
    }
  end
end

-- What a day is summed up from: the records whose newest key lies in it, and those of `index:day`, whose key moved on. A
-- day of which even the youngest record may have expired is summed up no more.
local touched, is_spread = {}, false
local oldest_day = math.floor((age - retention) / DAY)
local function note_days(name, newest)
  for day in pairs(days_of[name]) do
    if day >= oldest_day then
      touched[day] = true
      if day ~= math.floor(newest / DAY) then
        redis.call('ZADD', prefix .. 'index:day', day, day .. ' ' .. name)
        is_spread = true
      end
    end
  end
end

for _, write in ipairs(writes) do
  local kind = kind_of(write.name)
  redis.call('SET', prefix .. write.name, write.json, 'PX', write.lives)
  redis.call('ZADD', prefix .. 'index:' .. kind, write.newest, write.name)
  if write.open then
    redis.call('ZADD', prefix .. 'index:open', write.newest, write.name)
  elseif kind == 'conversation' then
    redis.call('ZREM', prefix .. 'index:open', write.name)
  end
  if write.told then append(write.name, write.json) end
  note_days(write.name, write.newest)
end
if #writes > 0 then
  for _, kind in ipairs({'operator', 'conversation', 'sale', 'open'}) do
    redis.call('ZREMRANGEBYSCORE', prefix .. 'index:' .. kind, '-inf', whole(age - retention))
  end
end
if is_spread then redis.call('ZREMRANGEBYSCORE', prefix .. 'index:day', '-inf', oldest_day - 1) end
write_presences(age)
for day in pairs(touched) do redis.call('HSET', prefix .. 'days:touched', day, whole(last_change)) end
