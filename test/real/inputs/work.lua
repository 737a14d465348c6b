-- Lua: tables, strings, closures, coroutines and its collector, which lives on realloc alone.
local function digest(text)
  local h = 5381
  for i = 1, #text do h = (h * 33 + text:byte(i)) & 0xffffffffffff end
  return string.format("%012x", h)
end
local function tell(name, text) print(name, digest(text)) end

local file = assert(io.open(os.getenv("GEN") .. "/text.txt"))
local text = file:read("a")
file:close()
local count, order = {}, {}
for word in text:gmatch("%a+") do
  if not count[word] then count[word] = 0; order[#order + 1] = word end
  count[word] = count[word] + 1
end
table.sort(order, function(a, b)
  if count[a] ~= count[b] then return count[a] > count[b] end
  return a < b
end)
local lines = {}
for i, word in ipairs(order) do lines[i] = word .. "=" .. count[word] end
tell("count", table.concat(lines, "\n"))
tell("gsub", (text:gsub("(%a+)ka%f[%A]", function(w) return "KA" .. w:reverse() end)))
local kept = {}
for step = 1, 200000 do kept[step * 7919 % 997] = string.rep("v", step % 300) .. step end
local parts = {}
for i = 0, 996 do parts[#parts + 1] = kept[i] end
tell("churn", table.concat(parts))
local routines = {}
for i = 1, 5000 do
  routines[i] = coroutine.create(function(a)
    while true do a = coroutine.yield(("y"):rep(a % 50)) end
  end)
end
local out = {}
for round = 1, 4 do
  for i, routine in ipairs(routines) do
    local _, made = coroutine.resume(routine, i * round)
    out[#out + 1] = made
  end
  collectgarbage()
end
tell("coroutines", table.concat(out))
local tree
for i = 1, 100000 do
  tree = { tree, i, { name = "n" .. i % 100 } }
  if i % 1000 == 0 then tree = nil end
end
collectgarbage()
tell("tree", tostring(tree))
