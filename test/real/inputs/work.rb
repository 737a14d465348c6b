# Ruby: strings, hashes, regular expressions, threads, fibers, garbage collection, Marshal, fork.
require 'digest'
require 'json'
require 'set'
require 'zlib'

def tell(name, value)
  puts "#{name} #{Digest::SHA256.hexdigest(value.is_a?(String) ? value : value.inspect)[0, 24]}"
end

text = File.read("#{ENV['GEN']}/text.txt")
rows = JSON.parse(File.read("#{ENV['GEN']}/records.json"))
tell 'json', JSON.generate(rows)
tell 'marshal', Marshal.load(Marshal.dump(rows))
tell 'count', text.split.tally.sort_by { |word, n| [-n, word] }.first(500)
tell 'gsub', text.gsub(/(\w+)(ka|ro)\b/) { $2 + $1.reverse }
tell 'scan', text.scan(/\b(te|lu)(\w{2,6})/)
tell 'sort', text.lines.sort_by { |line| [line.length, line] }
tell 'set', Set.new(text.split).sort
tell 'zlib', Zlib::Inflate.inflate(Zlib::Deflate.deflate(text, 6))
tell 'bignum', (7**5000 / 3**2000)
GC.start
threads = (1..6).map do |seed|
  Thread.new do
    kept = {}
    (1..3000).each { |k| kept[k * seed % 101] = 'x' * (k * seed % 5000) + k.to_s }
    kept.sort.map { |k, v| "#{k}#{v}" }.join
  end
end
tell 'threads', threads.map(&:value)
fibers = (1..200).map { |k| Fiber.new { 3.times { |n| Fiber.yield('f' * (k + n)) } } }
tell 'fibers', fibers.flat_map { |f| [f.resume, f.resume] }
GC.compact if GC.respond_to?(:compact)
read, write = IO.pipe
pid = fork { read.close; write << text.split.uniq.sort.join(','); write.close; exit!(0) }
write.close
tell 'fork', read.read
Process.wait(pid)
tell 'status', $?.exitstatus
