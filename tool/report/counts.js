// counts.js - what is counted: arenas, bins, sizes, the caches of threads.

// In the columns of `ashlar heap`: LIVE, FREE, CACHED, TOP and OWN add up to the size.
function arenaRow(name, a) {
  const sum = (...states) => states.reduce((n, s) => n + a[s].bytes, 0);
  return {
    name,
    size: a.size,
    live: sum("live", "mapped"),
    blocks: a.live.count + a.mapped.count,
    free: sum("free"),
    cached: sum("cached", "fast"),
    top: sum("top"),
    own: sum("own", "unknown"),
    resident: a.resident,
    returnable: a.returnable,
    threads: a.threads,
  };
}

function arenaBar(row) {
  const whole = row.size || 1;
  return bar([
    ["live", row.live / whole],
    ["own", row.own / whole],
    ["cached", row.cached / whole],
    ["top", row.top / whole],
    ["free", row.free / whole],
  ]);
}

function arenasSection() {
  const source = heap ? heap.arenas.map((a) => arenaRow(a.name, a)) : [];
  if (!source.length) return null;
  const columns = [
    { title: "Arena", get: (a) => a.name, kind: "text" },
    { title: "Holds", kind: "bars", show: arenaBar },
    { title: "Size", get: (a) => a.size, kind: "size" },
    { title: "Resident", get: (a) => a.resident, kind: "size" },
    { title: "Blocks", get: (a) => a.blocks, kind: "count" },
    { title: "Live", get: (a) => a.live, kind: "size" },
    { title: "Free", get: (a) => a.free, kind: "size" },
    { title: "Cached", get: (a) => a.cached, kind: "size", broad: true },
    { title: "Top", get: (a) => a.top, kind: "size", broad: true },
    { title: "Own", get: (a) => a.own, kind: "size", broad: true },
    { title: "Returnable", get: (a) => a.returnable, kind: "size" },
    { title: "Threads", get: (a) => a.threads, kind: "count", broad: true },
  ];
  return section(
    "arenas",
    "Arenas",
    "Returnable is what malloc_trim(0) would give back to the kernel now.",
    table({
      id: "arenas-table",
      caption: "Live, free, cached, top and own add up to the size; the total has the mapped chunks, too",
      rows: source,
      limit: 24,
      columns,
      total: arenaRow("total", heap.total),
    }),
    heap.mapped.length ? mappedTable() : null,
    settingsTable(),
  );
}

function mappedTable() {
  return el(
    "details",
    {},
    el("summary", {}, `Mapped chunks: ${countText(heap.mapped.length)}`),
    table({
      id: "mapped",
      caption: "free() returns each at once",
      rows: heap.mapped,
      columns: [
        { title: "Chunk", get: (m) => addressOf(m.at), kind: "address", show: (m) => addressLink(addressOf(m.at)) },
        { title: "Size", get: (m) => m.size, kind: "size" },
        { title: "Resident", get: (m) => m.resident, kind: "size" },
        { title: "Flags", get: (m) => m.flags, kind: "text" },
      ],
    }),
  );
}

const SETTING_TEXT = {
  trim_threshold: "free() lowers the break when the top is larger",
  mmap_threshold: "requests from here on get a mapping of their own",
  top_pad: "asked of the kernel beyond what is needed",
  arena_max: "0: eight for each core",
  fixed: "the thresholds do not move any more",
  mapped_count: "mapped chunks, as malloc counts them",
  mapped_bytes: "their bytes",
};

function settingsTable() {
  const rows = Object.entries(heap.settings).map(([name, value]) => ({ name, value }));
  if (!rows.length) return null;
  return el(
    "details",
    {},
    el("summary", {}, "malloc's settings now"),
    table({
      id: "settings",
      caption: "Read from the process",
      rows,
      limit: 20,
      columns: [
        { title: "Setting", get: (s) => s.name, kind: "text" },
        {
          title: "Value",
          get: (s) => s.value,
          kind: "text",
          show: (s) => (/count|max|fixed/.test(s.name) ? String(s.value) : sizeText(s.value)),
        },
        { title: "Meaning", get: (s) => SETTING_TEXT[s.name] || "", kind: "text" },
      ],
    }),
  );
}

function binsSection() {
  const rows = heap ? heap.arenas.flatMap((a) => a.bins.map((b) => ({ ...b, arena: a.name }))) : [];
  if (!rows.length) return null;
  const most = Math.max(...rows.map((b) => b.bytes));
  rows.sort((a, b) => b.bytes - a.bytes);
  const sum = (key) => rows.reduce((n, b) => n + b[key], 0);
  return section(
    "bins",
    "Bins",
    "Where free chunks wait to be used again; the heaviest first.",
    table({
      id: "bins-table",
      caption: "Every bin that is not empty",
      rows,
      columns: [
        { title: "Arena", get: (b) => b.arena, kind: "text" },
        { title: "Bin", get: (b) => b.name, kind: "text" },
        {
          title: "Share",
          kind: "bars",
          show: (b) =>
            b.arena === "total"
              ? ""
              : bar([[b.shelf === "thread caches" || b.shelf === "fast" ? "cached" : "free", b.bytes / most]]),
        },
        { title: "Smallest", get: (b) => b.smallest, kind: "count", broad: true },
        { title: "Largest", get: (b) => b.largest, kind: "count", broad: true },
        { title: "Chunks", get: (b) => b.count, kind: "count" },
        { title: "Bytes", get: (b) => b.bytes, kind: "size" },
      ],
      total: { arena: "total", name: "", smallest: null, largest: null, count: sum("count"), bytes: sum("bytes") },
    }),
  );
}

function sizeColumns(first) {
  return [
    first,
    { title: "Live blocks", get: (c) => c.live_blocks, kind: "count" },
    { title: "Live", get: (c) => c.live, kind: "size" },
    { title: "Free chunks", get: (c) => c.free_chunks, kind: "count" },
    { title: "Free", get: (c) => c.free, kind: "size" },
  ];
}

// The chart has a place for classes without chunks, too: those between the smallest and the largest.
function withEmpty(classes) {
  const all = new Map(classes.map((c) => [c.up_to, c])),
    last = classes[classes.length - 1].up_to,
    list = [];
  for (let power = 16; power <= last; power *= 2)
    for (const end of [power, power * 1.5])
      if (end >= classes[0].up_to && end <= last)
        list.push(all.get(end) || { up_to: end, live: 0, live_blocks: 0, free: 0, free_chunks: 0 });
  return list;
}

function sizesSection() {
  const classes = heap ? heap.sizes : [];
  if (!classes.length) return null;
  const holder = el("div", { class: "holder" }),
    choice = ["bytes", "count"].map((what) =>
      el(
        "button",
        { type: "button", "aria-pressed": what === "bytes", onclick: () => show(what) },
        what === "bytes" ? "Bytes" : "Chunks",
      ),
    );
  let shown = "bytes";
  function show(what) {
    shown = what;
    holder.replaceChildren(histogram(withEmpty(classes), what, holder.clientWidth || 1100));
    choice.forEach((b, i) => b.setAttribute("aria-pressed", String((i === 0) === (what === "bytes"))));
  }
  show(shown);
  let wide = 0;
  new ResizeObserver(() => {
    if (holder.clientWidth !== wide) show(shown);
    wide = holder.clientWidth;
  }).observe(holder);
  const sum = (key) => classes.reduce((n, c) => n + c[key], 0);
  const exact = doc.sizes
    ? table({
        id: "exact-sizes",
        caption: `The ${doc.sizes.sizes.length} heaviest of ${countText(doc.sizes.different)} sizes`,
        rows: doc.sizes.sizes,
        columns: sizeColumns({ title: "Size", get: (c) => c.size, kind: "count" }),
        total:
          doc.sizes.others.live_blocks + doc.sizes.others.free_chunks
            ? { ...doc.sizes.others, label: "all others" }
            : undefined,
      })
    : null;
  const largest = doc.largest
    ? table({
        id: "largest",
        caption: `The ${doc.largest.length} largest chunks of any state`,
        rows: doc.largest,
        columns: [
          { title: "Chunk", get: (c) => addressOf(c.at), kind: "address", show: (c) => addressLink(addressOf(c.at)) },
          { title: "Size", get: (c) => c.size, kind: "size" },
          { title: "State", get: (c) => c.state, kind: "text" },
          { title: "Arena", get: (c) => c.arena, kind: "text" },
        ],
      })
    : null;
  return section(
    "sizes",
    "Sizes",
    "Chunks as malloc gave them: the size that was asked for is not kept, and is smaller by a header of 8 bytes and up to 15 more.",
    el(
      "div",
      { class: "map-tools" },
      el("span", { class: "choice", role: "group", "aria-label": "What the chart shows" }, choice),
      legend([
        ["live", "live"],
        ["free", "free, caches included"],
      ]),
    ),
    holder,
    table({
      id: "classes",
      caption: "The chart's numbers",
      rows: classes,
      limit: 12,
      columns: sizeColumns({ title: "Size up to", get: (c) => c.up_to, kind: "size" }),
      total: {
        label: "total",
        live_blocks: sum("live_blocks"),
        live: sum("live"),
        free_chunks: sum("free_chunks"),
        free: sum("free"),
      },
    }),
    exact || largest ? el("div", { class: "pair" }, exact, largest) : null,
  );
}

function cachesSection() {
  if (!heap || !heap.caches.length) return null;
  const most = Math.max(...heap.caches.map((c) => c.bytes), 1),
    arena = (at) => (heap.arenas.find((a) => a.at === at) || { name: "-" }).name;
  return section(
    "caches",
    "Thread caches",
    "What threads keep for themselves: free for them, and for nobody else.",
    table({
      id: "caches-table",
      caption: "One line for each cache",
      rows: heap.caches,
      columns: [
        {
          title: "Thread",
          get: (c) => c.thread || null,
          kind: "text",
          show: (c) => (c.thread ? String(c.thread) : "not known"),
        },
        { title: "Arena", get: (c) => arena(c.arena), kind: "text" },
        { title: "Share", kind: "bars", show: (c) => bar([["cached", c.bytes / most]]) },
        { title: "Chunks", get: (c) => c.count, kind: "count" },
        { title: "Bytes", get: (c) => c.bytes, kind: "size" },
      ],
    }),
  );
}
