local test, expect, expect_error, expect_match, run, eval, load_library, fcall, advance = (function()
local command, try = redis.call, redis.pcall
local function show(value, depth)
  if type(value) == 'string' then return string.format('%q', value) end
  if type(value) ~= 'table' or depth > 8 then return tostring(value) end
  local parts, count = {}, #value
  for i = 1, count do parts[i] = show(value[i], depth + 1) end
  local names = {}
  for key in pairs(value) do
    if not (type(key) == 'number' and key >= 1 and key <= count and key % 1 == 0) then names[#names + 1] = key end
  end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(names) do
    local name = type(key) == 'string' and key or '[' .. show(key, depth + 1) .. ']'
    parts[#parts + 1] = name .. ' = ' .. show(value[key], depth + 1)
  end
  return '{' .. table.concat(parts, ', ') .. '}'
end
local function same(a, b)
  if type(a) ~= 'table' or type(b) ~= 'table' then return a == b end
  for key, value in pairs(a) do if not same(value, b[key]) then return false end end
  for key in pairs(b) do if a[key] == nil then return false end end
  return true
end
local function words(keys, args)
  local list = {#(keys or {})}
  for _, word in ipairs(keys or {}) do list[#list + 1] = word end
  for _, word in ipairs(args or {}) do list[#list + 1] = word end
  return unpack(list)
end
local function why(what) return what and what .. ': ' or '' end
local function test(name, body)
  if not command('lua_cli', 'begin', name) then return end
  local ok, problem = pcall(body)
  command('lua_cli', 'end', ok and 'ok' or 'failed', type(problem) == 'string' and problem or show(problem, 0))
end
local function expect(actual, expected, what)
  if not same(actual, expected) then
    error(why(what) .. 'expected ' .. show(expected, 0) .. ', got ' .. show(actual, 0), 2)
  end
end
local function expect_error(value, text, what)
  local problem
  if type(value) == 'function' then
    local ok, raised = pcall(value)
    if not ok then problem = raised end
  elseif type(value) == 'table' then
    problem = value.err
  end
  if problem == nil then error(why(what) .. 'expected an error, got ' .. show(value, 0), 2) end
  if type(problem) ~= 'string' then problem = show(problem, 0) end
  if text and not string.find(problem, text, 1, true) then
    error(why(what) .. 'expected an error with ' .. show(text, 0) .. ', got ' .. show(problem, 0), 2)
  end
end
local function expect_match(text, pattern, what)
  if type(text) ~= 'string' or not string.find(text, pattern) then
    error(why(what) .. 'expected a match of ' .. show(pattern, 0) .. ', got ' .. show(text, 0), 2)
  end
end
local function run(path, keys, args) return try('lua_cli', 'run', path, words(keys, args)) end
local function eval(text, keys, args) return try('lua_cli', 'eval', text, words(keys, args)) end
local function load_library(path) return command('lua_cli', 'load', path) end
local function fcall(name, keys, args) return try('lua_cli', 'fcall', name, words(keys, args)) end
local function advance(ms) command('lua_cli', 'advance', ms) end
return test, expect, expect_error, expect_match, run, eval, load_library, fcall, advance
end)()
