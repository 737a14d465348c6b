# Trees of small objects, strings and hashes that the collector takes back again and again.
Node = Struct.new(:key, :left, :right, :note)

def insert(node, key)
  return Node.new(key, nil, nil, "node #{key} of the tree, with a note of its own") unless node
  key < node.key ? node.left = insert(node.left, key) : node.right = insert(node.right, key)
  node
end

seed = 1
below = ->(n) { seed = (seed * 1103515245 + 12345) % 2147483648; (seed >> 16) % n }

6.times do |round|
  root = nil
  20_000.times { root = insert(root, below[30_000]) }
  index = Hash.new { |hash, key| hash[key] = [] }
  40_000.times { |i| index["key#{below[3000]}"] << "value #{i} of round #{round}, long enough to leave its slot" }
  joined = index.sort.map { |key, values| "#{key}: #{values.join(', ')}" }
  raise 'lost' unless joined.sum { |line| line.count(':') } == index.size
end
