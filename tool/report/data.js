// data.js - the document of the page, and the chunks in it unpacked: tool/report_chunks.h has the format.

const doc = JSON.parse(document.getElementById("data").textContent);
const page = doc.chunks ? doc.chunks.page_size : 4096;

// The states that one colour stands for, in the order in which a column of the map is stacked.
const GROUPS = ["live", "own", "cached", "top", "unknown", "free"];
const GROUP_OF = { live: 0, mapped: 0, own: 1, cached: 2, fast: 2, top: 3, unknown: 4, free: 5 };
// A cell's numbers come in this order: live, free, cached, own, top, unknown.
const CELL_ORDER = [0, 5, 2, 1, 3, 4];
const STATE_TEXT = {
  live: "live: the program has not freed it",
  mapped: "live, with a mapping of its own: free() returns it to the kernel at once",
  own: "malloc's own: arenas, caches, fences",
  cached: "free, in a thread's cache",
  fast: "free, in a fast bin: not joined with its neighbours yet",
  free: "free, in a bin of its arena",
  top: "the top chunk, from which new ones are cut",
  unknown: "not walked: what stands before it is damaged or was in motion",
};
const GROUP_TEXT = {
  live: "live",
  free: "free, in bins",
  cached: "free, in caches and fast bins",
  top: "top, kept ready",
  own: "malloc's own",
  unknown: "not walked",
};

// LEB128 numbers in base64, one after the other.
function numbers(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  let at = 0;
  return {
    more: () => at < bytes.length,
    next() {
      let value = 0,
        scale = 1,
        byte;
      do {
        byte = bytes[at++];
        value += (byte & 127) * scale;
        scale *= 128;
      } while (byte & 128);
      return value;
    },
  };
}

// Chunks by index: where each begins (in units of eight bytes from the base) and its kind.
function unpackChunks(segment, told, own) {
  const head = told.head ? 1 : 0,
    stream = numbers(told.chunks);
  const starts = new Float64Array(told.count + head + 1),
    kinds = new Uint16Array(told.count + head);
  let n = 0,
    at = 0;
  if (head) {
    kinds[n++] = own;
    at = told.head / 8;
  }
  while (stream.more()) {
    const word = stream.next(),
      size = stream.next(),
      kind = Math.floor(word / 2);
    for (let run = word % 2 ? stream.next() + 2 : 1; run > 0; run--) {
      starts[n] = at;
      kinds[n++] = kind;
      at += size;
    }
  }
  starts[n] = at;
  Object.assign(segment, { starts, kinds, count: n });
}

// Runs of pages that are in memory, as [from, to) in bytes from the base.
function unpackPages(segment, told) {
  const stream = numbers(told.pages),
    base = Math.floor(segment.base / page) * page;
  let at = base - segment.base,
    present = true;
  while (stream.more()) {
    const length = stream.next() * page;
    if (present && length) segment.pages.push([Math.max(0, at), Math.min(segment.size, at + length)]);
    at += length;
    present = !present;
  }
}

function unpackCells(segment, told) {
  const stream = numbers(told.cells),
    cells = [];
  while (stream.more()) {
    const cell = { chunks: stream.next(), resident: stream.next() * 8, of: [0, 0, 0, 0, 0, 0] };
    for (const group of CELL_ORDER) cell.of[group] = stream.next() * 8;
    cells.push(cell);
  }
  Object.assign(segment, { cells, cell: doc.chunks.cell, headBytes: told.head });
}

const kinds = doc.chunks ? doc.chunks.kinds.map((k) => ({ ...k, group: GROUP_OF[k.state] })) : [];

// A mapped chunk is a segment of one chunk; its pages are known by their number alone.
function mappedSegment(chunk, kind) {
  const size = chunk.size,
    resident = Math.min(size, chunk.resident);
  return {
    base: addressOf(chunk.at),
    size,
    arena: "mmap",
    headless: false,
    starts: Float64Array.of(0, size / 8),
    kinds: Uint16Array.of(kind),
    count: 1,
    pages: resident ? [[0, resident]] : [],
    pagesGuessed: resident < size,
  };
}

// All segments in the order of the arenas, the mapped chunks behind them.
function unpackSegments() {
  const list = [];
  if (!doc.chunks) return list;
  const own = kinds.push({ state: "own", flags: "---", group: GROUP_OF.own, head: true }) - 1;
  for (const told of doc.chunks.segments) {
    const segment = {
      base: addressOf(told.start) - told.head,
      size: told.size + told.head,
      arena: doc.heap.arenas[told.arena].name,
      headless: told.headless,
      pages: [],
    };
    if (told.chunks !== undefined) {
      unpackChunks(segment, told, own);
      unpackPages(segment, told);
    } else unpackCells(segment, told);
    list.push(segment);
  }
  const byFlags = new Map();
  for (const chunk of doc.heap.mapped) {
    if (!byFlags.has(chunk.flags))
      byFlags.set(chunk.flags, kinds.push({ state: "mapped", flags: chunk.flags, group: 0 }) - 1);
    list.push(mappedSegment(chunk, byFlags.get(chunk.flags)));
  }
  return list;
}

const segments = unpackSegments();

// The last index whose start is at most the value.
function indexAt(starts, count, value) {
  let low = 0,
    high = count;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= value) low = middle;
    else high = middle;
  }
  return low;
}

// A chunk of a segment, as tables and the panel show it.
function chunkOf(segment, index) {
  const kind = kinds[segment.kinds[index]],
    at = segment.base + segment.starts[index] * 8;
  return {
    segment,
    index,
    at,
    size: (segment.starts[index + 1] - segment.starts[index]) * 8,
    state: kind.state,
    flags: kind.flags,
    bin: kind.bin,
    head: kind.head,
    group: kind.group,
    arena: segment.arena,
  };
}

// A cell, where chunks are not told one by one.
function cellOf(segment, index) {
  const at = segment.base + segment.headBytes + index * segment.cell;
  return {
    segment,
    index,
    at,
    size: Math.min(segment.cell, segment.base + segment.size - at),
    cell: segment.cells[index],
    arena: segment.arena,
  };
}

// The chunk or cell at so many bytes from the segment's base; null in a head that is not told.
function thingAt(segment, offset) {
  if (!segment.cells) return chunkOf(segment, indexAt(segment.starts, segment.count, offset / 8));
  const index = Math.floor((offset - segment.headBytes) / segment.cell);
  return index >= 0 && index < segment.cells.length ? cellOf(segment, index) : null;
}

// Bytes of [from, to) of the segment that are in memory.
function residentBytes(segment, from, to) {
  let bytes = 0;
  if (segment.cells) {
    for (let i = Math.max(0, Math.floor((from - segment.headBytes) / segment.cell)); i < segment.cells.length; i++) {
      const start = segment.headBytes + i * segment.cell;
      if (start >= to) break;
      const size = Math.min(segment.cell, segment.size - start),
        overlap = Math.min(to, start + size) - Math.max(from, start);
      bytes += (segment.cells[i].resident * Math.max(0, overlap)) / size;
    }
    return bytes;
  }
  let low = 0,
    high = segment.pages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (segment.pages[middle][1] <= from) low = middle + 1;
    else high = middle;
  }
  for (; low < segment.pages.length && segment.pages[low][0] < to; low++)
    bytes += Math.min(to, segment.pages[low][1]) - Math.max(from, segment.pages[low][0]);
  return bytes;
}
