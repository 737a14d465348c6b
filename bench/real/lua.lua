-- Tables of tables, closures, and strings joined piece by piece.
local seed = 1
local function below(n)
    seed = (seed * 1103515245 + 12345) % 2147483648
    return (seed >> 16) % n
end

local function tree(depth)
    if depth == 0 then return { name = "leaf" .. below(1000) } end
    return { tree(depth - 1), tree(depth - 1), depth = depth }
end

local function count(node)
    if node.name then return 1 end
    return count(node[1]) + count(node[2])
end

for round = 1, 12 do
    assert(count(tree(14)) == 2 ^ 14)
    local parts, seen = {}, {}
    for i = 1, 40000 do
        local word = "word" .. below(20000)
        seen[word] = (seen[word] or 0) + 1
        parts[#parts + 1] = function() return word .. i end
    end
    local total = 0
    for _, part in ipairs(parts) do total = total + #part() end
    assert(total > 0)
end
