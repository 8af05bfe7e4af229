-- Joins deltas into records. A delta is the record that one event alone would make, so a join that is commutative,
-- associative and idempotent makes arrival order and repeats harmless.
-- A moment is [ms, rank, eventId, ...]: the key of the event, then what it set.
-- ARGV: now, retention (ms), how many events, then for each its deltas as JSON: [[name, delta], ...].
local events_end = 3 + tonumber(ARGV[3])
local CONNECTS, PUSHES, INVOLVED = 50, 50, 500

-- Lua's < follows the server's locale: event ids are compared as bytes.
local function bytes_after(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then return x > y end
  end
  return #a > #b
end

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
      changed = true
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

local function kind_of(name)
  return name:match('^%a+')
end

local records, changed, order = {}, {}, {}

local function merge(name, delta)
  if delta.newest <= now - retention then return end
  if not records[name] then
    local json = redis.call('GET', prefix .. name)
    records[name] = json and cjson.decode(json) or {newest = 0}
    order[#order + 1] = name
  end
  local record = records[name]
  if join[kind_of(name)](record, delta) then changed[name] = true end
  if delta.newest > record.newest then
    record.newest = delta.newest
    changed[name] = true
  end
end

for i = 4, events_end do
  for _, pair in ipairs(cjson.decode(ARGV[i])) do merge(pair[1], pair[2]) end
end

-- Nothing above has written, and nothing below can stumble over what it was given: Lua does not roll back.
local writes = {}
for _, name in ipairs(order) do
  if changed[name] then
    local record = records[name]
    local pushes = record.pushes
    writes[#writes + 1] = {
      name = name,
      json = cjson.encode(record),
      newest = whole(record.newest),
      lives = whole(record.newest + retention - now),
      open = pushes and newer(pushes[#pushes], record.close),
    }
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
  append(write.name, write.json)
end
if #writes > 0 then
  for _, kind in ipairs({'operator', 'conversation', 'sale', 'open'}) do
    redis.call('ZREMRANGEBYSCORE', prefix .. 'index:' .. kind, '-inf', whole(now - retention))
  end
end
