// sections.js - the parts of the page, from the verdict to how it can be made again.

const { explain, heap } = doc, { target } = doc.map;
const main = document.querySelector("main");
let heapMap = null;

function section(id, title, lead, ...children) {
  const element = el("section", { id, "aria-labelledby": id + "-title" }, el("h2", { id: id + "-title" }, title), lead ? el("p", { class: "lead" }, lead) : null, ...children);
  main.append(element);
  const entry = el("a", { href: "#" + id }, title);
  document.getElementById("sections").append(entry);
  return element;
}

// An address that leads into the map of the heap, where it is in it.
function addressLink(at, text) {
  if (!segments.some((s) => at >= s.base && at < s.base + s.size)) return text || addressText(at);
  return el("button", { type: "button", class: "link mono", title: "Show it in the map of the heap", onclick: () => {
    heapMap.goTo(at);
    document.getElementById("heap").scrollIntoView();
    document.getElementById("map-over").focus({ preventScroll: true });
  } }, text || addressText(at));
}

// A sentence of the judge's: it stands alone here, and the addresses in it lead into the map.
function sentence(text) {
  const words = text.charAt(0).toUpperCase() + text.slice(1);
  return words.split(/\b([0-9a-f]{9,16})\b/).map((part, i) => (i % 2 ? addressLink(addressOf(part), part) : joined(part)));
}

// A number and its unit stay on one line.
function joined(text) {
  return text.replace(/(\d) (B|[KMGTPE]iB|%)(?=\W|$)/g, "$1\u00a0$2");
}

function plural(n, one, many) {
  return countText(n) + " " + (n === 1 ? one : many || one + "s");
}

function tile(text, value, tint) {
  return el("div", { class: "tile", style: { "--tint": `var(--${tint})` } }, el("b", {}, value), el("span", {}, text));
}

// How many, where the chunks were counted; else null.
function liveBlocks() {
  return heap ? heap.total.live.count + heap.total.mapped.count : null;
}

function partRows() {
  const total = explain.resident;
  return Object.entries(explain.parts).filter(([, bytes]) => bytes > 0).map(([word, bytes]) => ({
    word, bytes, share: total ? bytes / total : 0, name: word === "live" && liveBlocks() ? `live: ${plural(liveBlocks(), "block")}` : doc.part_names[word] || word, tint: PART_COLOURS[word] || "other",
  }));
}

function verdictSection() {
  const place = document.getElementById("verdict"), head = document.getElementById("sentence");
  head.textContent = joined(head.textContent);
  document.getElementById("sections").append(el("a", { href: "#verdict" }, "Verdict"));
  const parts = partRows(), total = explain.resident, at = (word) => explain.parts[word] || 0;
  place.append(
    el("p", { class: "lead" }, [target.exe, doc.allocator, target.read_at ? "read " + target.read_at.replace("T", " ").replace(/\.\d+Z$/, " UTC") : "", target.kind === "core" ? "from its core file" : target.kind === "snapshot" ? "kept in a snapshot" : "", doc.exactness].filter(Boolean).join("  ·  ")),
    damage(), el("div", { class: "tiles" }, tile("in memory (RSS)", sizeText(total), "ink"), tile("live blocks", sizeText(at("live")), "live"),
      tile("could go back now", sizeText(at("kept")), "free"), tile("not malloc's", sizeText(at("code") + at("stacks") + at("files") + at("other")), "code")),
    el("h3", {}, "Where it is"),
    el("div", { class: "stack", role: "img", "aria-label": "The parts of the resident memory; the table below has the numbers" },
      parts.map((p) => el("i", { title: `${p.name}: ${sizeText(p.bytes)}, ${percentText(p.bytes, total)}`, style: { width: p.share * 100 + "%", background: `var(--${p.tint})` } }))),
    table({
      id: "parts", caption: "The parts add up to what the kernel counts", rows: parts, limit: 20,
      columns: [
        { title: "Part", get: (p) => p.name, kind: "text", show: (p) => el("span", {}, p.tint ? el("i", { class: "chip", style: { background: `var(--${p.tint})` } }) : null, p.name) },
        { title: "Share", kind: "bars", broad: true, show: (p) => (p.tint ? bar([[p.tint, p.share]]) : "") },
        { title: "Bytes", get: (p) => p.bytes, kind: "size" },
        { title: "Percent", get: (p) => Math.round(p.share * 1000) / 10, kind: "percent", show: (p) => percentText(p.bytes, total) },
      ],
      total: { name: "total = RSS", bytes: total, share: 1, word: "total" },
    }),
    causes());
  if (explain.remedies.length) place.append(remedies());
}

// A heap that was overwritten is told even to those who asked for something else.
function damage() {
  const arenas = heap ? heap.arenas.filter((a) => a.damaged || a.torn) : [];
  return el("div", {}, arenas.map((a) => el("p", { class: "alarm" }, el("b", {}, a.damaged ? `The heap is damaged, in arena ${a.name}: ` : `Arena ${a.name} changed each time it was read: `), sentence(a.complaint), ".")));
}

// The words of `ashlar help explain Q001` are in the page.
function causes() {
  return el("div", {}, el("h3", {}, "Why"), el("div", { class: "causes" }, explain.causes.map((cause) => {
    const words = doc.codes[cause.code];
    return el("div", { class: "cause" },
      el("div", {}, el("span", { class: "code" }, cause.code), el("span", { class: "title" }, cause.title), cause.bytes ? el("span", { class: "bytes" }, sizeText(cause.bytes)) : null),
      cause.text ? el("p", {}, sentence(cause.text)) : null,
      words ? el("details", {}, el("summary", {}, "What this means, and what helps"), el("p", {}, words.meaning), el("p", {}, words.remedy)) : null);
  })));
}

function remedies() {
  const rows = explain.remedies.map((r, i) => ({ ...r, n: i + 1 })), now = explain.resident;
  return el("div", {}, el("h3", {}, "What to do"), table({
    id: "remedies", caption: "Each with the RSS to expect; ~ is an estimate for a new run", rows,
    columns: [
      { title: "What", get: (r) => r.what, kind: "text", show: (r) => el("div", {}, r.what, r.command ? command(r.command) : null) },
      { title: "RSS then", kind: "bars", broad: true, show: (r) => (r.predicted_rss === null ? "" : bar([["good", r.predicted_rss / now]])) },
      { title: "Predicted RSS", get: (r) => r.predicted_rss, kind: "size", show: (r) => (r.predicted_rss === null ? "not known" : (r.exact ? "" : "~") + sizeText(r.predicted_rss)) },
      { title: "Effort", get: (r) => r.effort, kind: "text" },
    ],
  }));
}

function command(text) {
  const button = el("button", { type: "button", onclick: () => copyText(text, button) }, "Copy");
  return el("div", { class: "command" }, el("code", {}, text), button);
}

// --- the address space ---

function rowName(row) {
  const kind = doc.region_kinds[row.kind];
  if (!(row.regions > 1)) return row.name;
  return `${kind ? kind.name : row.kind}${row.kind === "anonymous" || row.kind === "malloc" ? "" : "s"} ×${row.regions}`;
}

// The note of `ashlar map', or the kind where the name does not say it already.
function rowNote(row, kind) {
  const note = row.note || (rowName(row).includes(kind) ? "" : kind);
  return note ? el("small", {}, joined(note)) : null;
}

// The map's rows with the gaps between them, high addresses first.
function mapRows(rows) {
  const most = Math.max(...rows.map((r) => r.resident), 1), list = [];
  rows.forEach((row, i) => {
    const start = addressOf(row.start), above = i > 0 ? addressOf(rows[i - 1].start) : 0;
    if (above - addressOf(row.end) >= 1 << 20) list.push({ gap: above - addressOf(row.end), rowClass: "gap" });
    list.push({ ...row, at: start, share: row.resident / most });
  });
  return list;
}

function residentBar(row) {
  const used = row.live + row.free;
  if (!(used > 0)) return bar([[regionColour(row.kind), row.share]]);
  return bar([["live", (row.share * row.live) / used], ["free", (row.share * row.free) / used]]);
}

function spaceSection() {
  const kind = (r) => doc.region_kinds[r.kind] || { name: r.kind, lesson: "" };
  return section("space", "Address space", `${sizeText(doc.map.total.size)} of addresses, ${sizeText(doc.map.total.resident)} of them in memory. High addresses first, as the stack stands over the heap.`,
    table({
      id: "address-map", caption: "What lies where; a bar is what is in memory, of malloc's arenas live and free", rows: mapRows(doc.rows), limit: 60, sorted: false,
      columns: [
        { title: "Start", kind: "address", broad: true, get: (r) => r.at, show: (r) => (r.at ? addressText(r.at) : "") },
        { title: "In memory", kind: "bars", show: (r) => (r.share === undefined ? "" : residentBar(r)) },
        { title: "What", get: (r) => (r.gap ? "gap" : rowName(r)), show: (r) => (r.gap ? `┊ gap of ${sizeText(r.gap)}` : el("span", { title: kind(r).lesson.replace(/\n/g, " ") }, rowName(r), rowNote(r, kind(r).name))) },
        { title: "Size", kind: "size", broad: true, get: (r) => r.gap || r.committed || addressOf(r.end) - r.at, show: (r) => (r.gap ? "" : sizeText(r.committed || addressOf(r.end) - r.at)) },
        { title: "Resident", kind: "size", get: (r) => r.resident, show: (r) => (r.gap ? "" : sizeText(r.resident)) },
      ],
      total: { at: 0, name: "total = RSS", note: " ", kind: "", resident: doc.map.total.resident, committed: doc.map.total.size, start: "0x0", end: "0x0" },
    }),
    sums(), regions(doc.map.regions));
}

function sums() {
  const total = doc.map.total.resident;
  return table({
    id: "sums", caption: "By kind", rows: doc.map.sums.filter((s) => s.regions), columns: [
      { title: "Kind", get: (s) => s.kind.replace("-", " "), kind: "text" },
      { title: "Regions", get: (s) => s.regions, kind: "count" },
      { title: "Size", get: (s) => s.size, kind: "size" },
      { title: "Resident", get: (s) => s.resident, kind: "size" },
      { title: "Share", kind: "bars", show: (s) => bar([["accent", total ? s.resident / total : 0]]) },
    ],
  });
}

function regions(list) {
  return el("details", {}, el("summary", {}, `All ${countText(list.length)} regions, to be sorted`), table({
    id: "regions", caption: "Every region; sizes in bytes in the CSV", rows: list, limit: 40, columns: [
      { title: "Start", get: (r) => addressOf(r.start), kind: "address" },
      { title: "Kind", get: (r) => r.kind, kind: "text" },
      { title: "Name", get: (r) => r.name || r.label || "", kind: "text" },
      { title: "Size", get: (r) => addressOf(r.end) - addressOf(r.start), kind: "size" },
      { title: "Committed", get: (r) => r.committed, kind: "size", broad: true },
      { title: "Resident", get: (r) => r.resident, kind: "size" },
      { title: "Private dirty", get: (r) => r.private_dirty, kind: "size", broad: true },
      { title: "Swap", get: (r) => r.swap, kind: "size", broad: true },
    ],
  }));
}

// --- the heap ---

function heapSection() {
  if (!segments.length) return null;
  const told = doc.chunks.segments, cells = told.filter((s) => s.cells !== undefined), chunks = told.reduce((n, s) => n + s.count, 0);
  const lead = `${plural(chunks + heap.mapped.length, "chunk")} in ${plural(told.length, "segment")}${heap.mapped.length ? " and " + plural(heap.mapped.length, "separate mapping") : ""}. Each row goes on in the next; columns show how much of what lies there, live below and free on top. Pale memory has no page behind it.`;
  const bound = cells.length ? el("p", { class: "note" }, `${countText(cells.length)} of the segments, with ${plural(cells.reduce((n, s) => n + s.count, 0), "chunk")}, ${cells.length === 1 ? "is" : "are"} told in cells of ${sizeText(doc.chunks.cell)}: the page tells at most ${countText(doc.chunks.detail)} chunks one by one. ashlar report --detail=all tells them all.`) : null;
  const chooser = el("select", { id: "map-arena", onchange: () => heapMap.choose(chooser.value) }, el("option", { value: "all" }, "all arenas"),
    heap.arenas.filter((a) => segments.some((s) => s.arena === a.name)).map((a) => el("option", { value: a.name }, arenaText(a.name))),
    heap.mapped.length ? el("option", { value: "mmap" }, arenaText("mmap")) : null);
  const search = el("input", { id: "map-goto", type: "text", placeholder: "7f3c2a001010", spellcheck: "false", autocomplete: "off" });
  const button = (text, label, act) => el("button", { type: "button", "aria-label": label, title: label, onclick: act }, text);
  const holder = el("div", { id: "map" }, el("canvas", { id: "map-base", "aria-hidden": "true" }),
    el("canvas", { id: "map-over", tabindex: "0", role: "application", "aria-label": "Map of the heap. Left and right go from chunk to chunk, up and down by rows, plus and minus zoom, zero shows all.", "aria-describedby": "map-info" }));
  const overview = el("canvas", { id: "overview", "aria-hidden": "true" }), info = el("div", { id: "map-info" }), where = el("span", { id: "map-where" });
  const inView = el("details", { id: "map-table" }, el("summary", {}, "The chunks in view as a table"));
  const place = section("heap", "Heap map", lead, bound,
    el("form", { class: "map-tools", onsubmit: (event) => {
      event.preventDefault();
      const at = addressOf(search.value.replace(/_/g, ""));
      if (!heapMap.goTo(at)) announceMiss(search.value);
    } }, el("label", {}, "Show", chooser), button("−", "Zoom out", () => heapMap.zoom(2)), button("+", "Zoom in", () => heapMap.zoom(0.5)), button("Whole", "Show all", () => heapMap.whole()),
      el("label", {}, "Address", search), el("button", {}, "Go"), el("span", { class: "grow" }), where),
    overview, holder, legend(GROUPS.map((g) => [g, GROUP_TEXT[g]])),
    el("p", { class: "note" }, "A dark mark is where another segment begins. Click a chunk, then ", el("kbd", {}, "←"), " ", el("kbd", {}, "→"), " for its neighbours, ", el("kbd", {}, "+"), " ", el("kbd", {}, "−"), " or the wheel to zoom, ", el("kbd", {}, "0"), " for all; drag to move."),
    info, inView);
  function announceMiss(text) {
    info.replaceChildren(el("h3", {}, `${text || "nothing"} is in no chunk of malloc's`), el("p", { class: "note" }, "An address is written as ashlar or a debugger prints it: 7f3c_2a00_1010 or 0x7f3c2a001010."));
    announce("not found");
  }
  const chunkTable = table({ id: "chunks", caption: "The first 2,000 in view", rows: [], limit: 20, columns: chunkColumns() });
  inView.append(chunkTable);
  const fill = () => {
    if (!inView.open) return;
    const rows = [];
    heapMap.inView((thing) => rows.push(thing) < 2000);
    chunkTable.setRows(rows);
  };
  let waiting = 0;
  heapMap = new HeapMap(holder, overview, {
    moved(map, first, last) {
      where.textContent = `${sizeText(Math.round(map.to - map.from))} in view, ${plural(map.seen, "chunk")}`;
      clearTimeout(waiting);
      waiting = setTimeout(fill, 120);
    },
    selected: (thing) => {
      info.replaceChildren(...describe(thing));
      if (thing) announce(oneLine(thing));
    },
    chosen: (name) => (chooser.value = name),
    hovered: showTip,
  });
  inView.addEventListener("toggle", fill);
  info.replaceChildren(...describe(null));
  selectPin();
  return place;
}

// What the first reader wants to see: the block that keeps the heap from shrinking.
function selectPin() {
  const held = explain.pin && explain.causes.some((c) => c.code === "Q001"), at = held ? addressOf(explain.pin.at) : 0, segment = segments.find((s) => at >= s.base && at < s.base + s.size);
  const thing = segment && thingAt(segment, at - segment.base);
  if (!thing || thing.cell) return;
  heapMap.selected = thing;
  heapMap.drawMarks();
  document.getElementById("map-info").replaceChildren(...describe(thing, "The block that holds the end of the heap: "));
}

function chunkColumns() {
  return [
    { title: "Address", get: (c) => c.at, kind: "address", show: (c) => addressLink(c.at) },
    { title: "Size", get: (c) => c.size, kind: "size" },
    { title: "State", get: (c) => (c.cell ? "cell" : c.state), kind: "text" },
    { title: "Flags", get: (c) => c.flags || "", kind: "text" },
    { title: "Bin", get: (c) => c.bin || "", kind: "text", broad: true },
    { title: "Arena", get: (c) => c.arena, kind: "text", broad: true },
  ];
}

function arenaText(name) {
  if (name === "main") return "the main arena";
  return /^\d+$/.test(name) ? "arena " + name : name === "mmap" ? "mapped chunks" : name;
}

// "416 bytes live in arena 2 at 55b0_7c81_fbb0".
function oneLine(thing) {
  if (thing.cell) return `${sizeText(thing.size)} at ${addressText(thing.at)}: ${plural(thing.cell.chunks, "chunk")} ${thing.cell.chunks === 1 ? "begins" : "begin"} here, ${sizeText(thing.cell.of[0])} live`;
  const where = thing.arena === "mmap" ? "" : " in " + arenaText(thing.arena);
  return `${countText(thing.size)} bytes ${thing.state}${thing.bin ? ", " + thing.bin : ""}${where} at ${addressText(thing.at)}`;
}

function showTip(thing, event) {
  const tip = document.getElementById("tip");
  tip.hidden = !thing;
  if (!thing) return;
  tip.textContent = oneLine(thing);
  const wide = tip.offsetWidth, x = Math.min(event.clientX + 14, innerWidth - wide - 8), y = event.clientY + 20;
  tip.style.left = Math.max(4, x) + "px";
  tip.style.top = (y + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 12 : y) + "px";
}

// What the panel says of a chunk: all there is to know of it, and its neighbours in memory.
function describe(thing, before = "") {
  if (!thing) return [el("h3", {}, "No chunk chosen"), el("p", { class: "note" }, "Point at the map to see what lies there; click to keep it here, with its neighbours.")];
  const facts = [], fact = (name, value) => facts.push(el("dt", {}, name), el("dd", {}, value));
  const { segment } = thing, offset = thing.at - segment.base;
  if (thing.cell) {
    fact("Range", `${addressText(thing.at)} to ${addressText(thing.at + thing.size)}`);
    fact("Chunks", `${countText(thing.cell.chunks)} begin in it`);
    fact("Holds", GROUPS.map((g, i) => [GROUP_TEXT[g], thing.cell.of[i]]).filter(([, n]) => n).map(([text, n]) => `${text} ${sizeText(n)}`).join(", "));
    fact("In memory", sizeText(Math.round(thing.cell.resident)));
    fact("Arena", thing.arena);
    return [el("h3", {}, `A cell of ${sizeText(thing.size)}`), el("dl", {}, facts)];
  }
  const resident = Math.round(residentBytes(segment, offset, offset + thing.size));
  fact("Chunk", addressText(thing.at) + (segment.headless ? " (no header)" : ""));
  if (!thing.head && !segment.headless) fact(thing.group === 0 ? "Program's pointer" : "Block", addressText(thing.at + 16));
  fact("Size", thing.size >= 1024 ? `${countText(thing.size)} bytes (${sizeText(thing.size)})` : `${thing.size} bytes`);
  fact("State", thing.head ? "malloc's own: the head of the segment" : STATE_TEXT[thing.state] + (thing.bin ? ` (${thing.bin})` : ""));
  if (!segment.headless && !thing.head) fact("Flags", `${thing.flags}  ${flagsText(thing.flags)}`);
  fact("In memory", `${sizeText(resident)} of ${sizeText(thing.size)}${segment.pagesGuessed ? " (which pages is not told)" : ""}`);
  fact("Arena", thing.arena);
  for (const [name, index] of [["Below", thing.index - 1], ["Above", thing.index + 1]])
    if (index >= 0 && index < segment.count) fact(name, neighbour(chunkOf(segment, index)));
  const what = thing.state === "mapped" ? "mapped chunk" : "chunk";
  return [el("h3", {}, before + (before ? what : what.charAt(0).toUpperCase() + what.slice(1)) + ` of ${sizeText(thing.size)}, ${thing.state}`), el("dl", {}, facts)];
}

function neighbour(chunk) {
  return el("span", {}, el("button", { type: "button", class: "link", onclick: () => heapMap.select(chunk, true) }, addressText(chunk.at)), ` ${chunk.state}, ${countText(chunk.size)} bytes`);
}

function flagsText(flags) {
  const words = [flags[0] === "P" ? "P: the chunk below is in use" : "the chunk below is free"];
  if (flags[1] === "M") words.push("M: a mapping of its own");
  if (flags[2] === "N") words.push("N: not of the main arena");
  return "(" + words.join(", ") + ")";
}

// --- arenas, bins, sizes, caches ---

// In the columns of `ashlar heap`: LIVE, FREE, CACHED, TOP and OWN add up to the size.
function arenaRow(name, a) {
  const sum = (...states) => states.reduce((n, s) => n + a[s].bytes, 0);
  return { name, size: a.size, live: sum("live", "mapped"), blocks: a.live.count + a.mapped.count, free: sum("free"), cached: sum("cached", "fast"), top: sum("top"), own: sum("own", "unknown"), resident: a.resident, returnable: a.returnable, threads: a.threads };
}

function arenaBar(row) {
  const whole = row.size || 1;
  return bar([["live", row.live / whole], ["own", row.own / whole], ["cached", row.cached / whole], ["top", row.top / whole], ["free", row.free / whole]]);
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
  return section("arenas", "Arenas", "Returnable is what malloc_trim(0) would give back to the kernel now.",
    table({ id: "arenas-table", caption: "Live, free, cached, top and own add up to the size; the total has the mapped chunks, too", rows: source, limit: 24, columns, total: arenaRow("total", heap.total) }),
    heap.mapped.length ? mappedTable() : null, settingsTable());
}

function mappedTable() {
  return el("details", {}, el("summary", {}, `Mapped chunks: ${countText(heap.mapped.length)}`), table({
    id: "mapped", caption: "free() returns each at once", rows: heap.mapped, columns: [
      { title: "Chunk", get: (m) => addressOf(m.at), kind: "address", show: (m) => addressLink(addressOf(m.at)) },
      { title: "Size", get: (m) => m.size, kind: "size" },
      { title: "Resident", get: (m) => m.resident, kind: "size" },
      { title: "Flags", get: (m) => m.flags, kind: "text" },
    ],
  }));
}

const SETTING_TEXT = {
  trim_threshold: "free() lowers the break when the top is larger", mmap_threshold: "requests from here on get a mapping of their own", top_pad: "asked of the kernel beyond what is needed",
  arena_max: "0: eight for each core", fixed: "the thresholds do not move any more", mapped_count: "mapped chunks, as malloc counts them", mapped_bytes: "their bytes",
};

function settingsTable() {
  const rows = Object.entries(heap.settings).map(([name, value]) => ({ name, value }));
  if (!rows.length) return null;
  return el("details", {}, el("summary", {}, "malloc's settings now"), table({
    id: "settings", caption: "Read from the process", rows, limit: 20, columns: [
      { title: "Setting", get: (s) => s.name, kind: "text" },
      { title: "Value", get: (s) => s.value, kind: "text", show: (s) => (/count|max|fixed/.test(s.name) ? String(s.value) : sizeText(s.value)) },
      { title: "Meaning", get: (s) => SETTING_TEXT[s.name] || "", kind: "text" },
    ],
  }));
}

function binsSection() {
  const rows = heap ? heap.arenas.flatMap((a) => a.bins.map((b) => ({ ...b, arena: a.name }))) : [];
  if (!rows.length) return null;
  const most = Math.max(...rows.map((b) => b.bytes));
  rows.sort((a, b) => b.bytes - a.bytes);
  const sum = (key) => rows.reduce((n, b) => n + b[key], 0);
  return section("bins", "Bins", "Where free chunks wait to be used again; the heaviest first.", table({
    id: "bins-table", caption: "Every bin that is not empty", rows, columns: [
      { title: "Arena", get: (b) => b.arena, kind: "text" },
      { title: "Bin", get: (b) => b.name, kind: "text" },
      { title: "Share", kind: "bars", show: (b) => (b.arena === "total" ? "" : bar([[b.shelf === "thread caches" || b.shelf === "fast" ? "cached" : "free", b.bytes / most]])) },
      { title: "Smallest", get: (b) => b.smallest, kind: "count", broad: true },
      { title: "Largest", get: (b) => b.largest, kind: "count", broad: true },
      { title: "Chunks", get: (b) => b.count, kind: "count" },
      { title: "Bytes", get: (b) => b.bytes, kind: "size" },
    ],
    total: { arena: "total", name: "", smallest: null, largest: null, count: sum("count"), bytes: sum("bytes") },
  }));
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
  const all = new Map(classes.map((c) => [c.up_to, c])), last = classes[classes.length - 1].up_to, list = [];
  for (let power = 16; power <= last; power *= 2)
    for (const end of [power, power * 1.5])
      if (end >= classes[0].up_to && end <= last) list.push(all.get(end) || { up_to: end, live: 0, live_blocks: 0, free: 0, free_chunks: 0 });
  return list;
}

function sizesSection() {
  const classes = heap ? heap.sizes : [];
  if (!classes.length) return null;
  const holder = el("div", { class: "holder" }), choice = ["bytes", "count"].map((what) => el("button", { type: "button", "aria-pressed": what === "bytes", onclick: () => show(what) }, what === "bytes" ? "Bytes" : "Chunks"));
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
  const exact = doc.sizes ? table({
    id: "exact-sizes", caption: `The ${doc.sizes.sizes.length} heaviest of ${countText(doc.sizes.different)} sizes`, rows: doc.sizes.sizes, columns: sizeColumns({ title: "Size", get: (c) => c.size, kind: "count" }),
    total: doc.sizes.others.live_blocks + doc.sizes.others.free_chunks ? { ...doc.sizes.others, label: "all others" } : undefined,
  }) : null;
  const largest = doc.largest ? table({
    id: "largest", caption: `The ${doc.largest.length} largest chunks of any state`, rows: doc.largest, columns: [
      { title: "Chunk", get: (c) => addressOf(c.at), kind: "address", show: (c) => addressLink(addressOf(c.at)) },
      { title: "Size", get: (c) => c.size, kind: "size" },
      { title: "State", get: (c) => c.state, kind: "text" },
      { title: "Arena", get: (c) => c.arena, kind: "text" },
    ],
  }) : null;
  return section("sizes", "Sizes", "Chunks as malloc gave them: the size that was asked for is not kept, and is smaller by a header of 8 bytes and up to 15 more.",
    el("div", { class: "map-tools" }, el("span", { class: "choice", role: "group", "aria-label": "What the chart shows" }, choice), legend([["live", "live"], ["free", "free, caches included"]])), holder,
    table({ id: "classes", caption: "The chart's numbers", rows: classes, limit: 12, columns: sizeColumns({ title: "Size up to", get: (c) => c.up_to, kind: "size" }), total: { label: "total", live_blocks: sum("live_blocks"), live: sum("live"), free_chunks: sum("free_chunks"), free: sum("free") } }),
    exact || largest ? el("div", { class: "pair" }, exact, largest) : null);
}

function cachesSection() {
  if (!heap || !heap.caches.length) return null;
  const most = Math.max(...heap.caches.map((c) => c.bytes), 1), arena = (at) => (heap.arenas.find((a) => a.at === at) || { name: "-" }).name;
  return section("caches", "Thread caches", "What threads keep for themselves: free for them, and for nobody else.", table({
    id: "caches-table", caption: "One line for each cache", rows: heap.caches, columns: [
      { title: "Thread", get: (c) => c.thread || null, kind: "text", show: (c) => (c.thread ? String(c.thread) : "not known") },
      { title: "Arena", get: (c) => arena(c.arena), kind: "text" },
      { title: "Share", kind: "bars", show: (c) => bar([["cached", c.bytes / most]]) },
      { title: "Chunks", get: (c) => c.count, kind: "count" },
      { title: "Bytes", get: (c) => c.bytes, kind: "size" },
    ],
  }));
}

// --- the end of the page ---

// What `ashlar explain` would print, for a mail or a bug report.
function asText() {
  const out = [document.getElementById("sentence").textContent, ""];
  for (const p of partRows()) out.push(`${sizeText(p.bytes).padStart(12)}  ${percentText(p.bytes, explain.resident).padStart(5)}  ${p.name}`);
  out.push(`${sizeText(explain.resident).padStart(12)}  100 %  total = RSS`, "");
  for (const c of explain.causes) out.push(`${c.code}  ${c.title}${c.bytes ? "  " + sizeText(c.bytes) : ""}`, c.text ? "      " + c.text : "");
  for (const r of explain.remedies) out.push(`- ${r.what}: ${r.predicted_rss === null ? "not known" : (r.exact ? "" : "~") + sizeText(r.predicted_rss)}`, r.command ? "    $ " + r.command : "");
  out.push("");
  out.push(`ashlar ${doc.host.ashlar}, ${doc.host.command}, ${target.read_at || ""}, ${doc.host.kernel}`);
  out[0] = out[0].replace(/\u00a0/g, " ");
  return out.filter((line, i) => line !== "" || out[i - 1] !== "").join("\n") + "\n";
}

function footer() {
  const facts = [["Made by", `ashlar ${doc.host.ashlar}`], ["Command", doc.host.command], ["Program", target.exe], ["Read at", target.read_at], ["Stood still", target.stood_still ? `${(target.stood_still * 1000).toFixed(1)} ms, while it was read` : ""], ["Machine", [target.machine, target.page_size ? sizeText(target.page_size) + " pages" : ""].filter(Boolean).join(", ")],
    ["Kernel", doc.host.kernel], ["Processor", [doc.host.cpu, doc.host.cpus > 0 ? doc.host.cpus + " processors" : ""].filter(Boolean).join(", ")], ["malloc's settings", doc.environment && (doc.environment.join("  ") || "none in its environment")]];
  const raw = el("details", { id: "raw" }, el("summary", {}, `The data of this page (JSON, schema ${doc.schema})`));
  raw.addEventListener("toggle", () => {
    if (raw.open && raw.childElementCount === 1) raw.append(el("button", { type: "button", onclick: () => download("report.json", "application/json", JSON.stringify(doc, null, 1)) }, "Save as JSON"), el("pre", { tabindex: "0" }, JSON.stringify(doc, (key, value) => (typeof value === "string" && value.length > 400 ? value.slice(0, 60) + "… " + countText(value.length) + " letters" : value), 1)));
  });
  document.getElementById("reproduce").append(el("h2", {}, "Reproduce"), el("dl", {}, facts.filter(([, value]) => value).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    el("p", {}, "This page is one file and asks for nothing from any network. It has addresses and sizes, and nothing of what the memory contains."), raw);
}
