// heap.js - the section around the map of the heap: its tools, and the table of what is in view.

function heapSection() {
  if (!segments.length) return null;
  const told = doc.chunks.segments,
    cells = told.filter((s) => s.cells !== undefined),
    chunks = told.reduce((n, s) => n + s.count, 0);
  const lead = `${plural(chunks + heap.mapped.length, "chunk")} in ${plural(told.length, "segment")}${heap.mapped.length ? " and " + plural(heap.mapped.length, "separate mapping") : ""}. Each row goes on in the next; columns show how much of what lies there, live below and free on top. Pale memory has no page behind it.`;
  const bound = cells.length
    ? el(
        "p",
        { class: "note" },
        `${countText(cells.length)} of the segments, with ${plural(
          cells.reduce((n, s) => n + s.count, 0),
          "chunk",
        )}, ${cells.length === 1 ? "is" : "are"} told in cells of ${sizeText(doc.chunks.cell)}: the page tells at most ${countText(doc.chunks.detail)} chunks one by one. ashlar report --detail=all tells them all.`,
      )
    : null;
  const chooser = el(
    "select",
    { id: "map-arena", onchange: () => heapMap.choose(chooser.value) },
    el("option", { value: "all" }, "all arenas"),
    heap.arenas
      .filter((a) => segments.some((s) => s.arena === a.name))
      .map((a) => el("option", { value: a.name }, arenaText(a.name))),
    heap.mapped.length ? el("option", { value: "mmap" }, arenaText("mmap")) : null,
  );
  const search = el("input", {
    id: "map-goto",
    type: "text",
    placeholder: "7f3c2a001010",
    spellcheck: "false",
    autocomplete: "off",
  });
  const button = (text, label, act) =>
    el("button", { type: "button", "aria-label": label, title: label, onclick: act }, text);
  const holder = el(
    "div",
    { id: "map" },
    el("canvas", { id: "map-base", "aria-hidden": "true" }),
    el("canvas", {
      id: "map-over",
      tabindex: "0",
      role: "application",
      "aria-label":
        "Map of the heap. Left and right go from chunk to chunk, up and down by rows, plus and minus zoom, zero shows all.",
      "aria-describedby": "map-info",
    }),
  );
  const overview = el("canvas", { id: "overview", "aria-hidden": "true" }),
    info = el("div", { id: "map-info" }),
    where = el("span", { id: "map-where" });
  const inView = el("details", { id: "map-table" }, el("summary", {}, "The chunks in view as a table"));
  const place = section(
    "heap",
    "Heap map",
    lead,
    bound,
    el(
      "form",
      {
        class: "map-tools",
        onsubmit: (event) => {
          event.preventDefault();
          const at = addressOf(search.value.replace(/_/g, ""));
          if (!heapMap.goTo(at)) announceMiss(search.value);
        },
      },
      el("label", {}, "Show", chooser),
      button("−", "Zoom out", () => heapMap.zoom(2)),
      button("+", "Zoom in", () => heapMap.zoom(0.5)),
      button("Whole", "Show all", () => heapMap.whole()),
      el("label", {}, "Address", search),
      el("button", {}, "Go"),
      el("span", { class: "grow" }),
      where,
    ),
    overview,
    holder,
    legend(GROUPS.map((g) => [g, GROUP_TEXT[g]])),
    el(
      "p",
      { class: "note" },
      "A dark mark is where another segment begins. Click a chunk, then ",
      el("kbd", {}, "←"),
      " ",
      el("kbd", {}, "→"),
      " for its neighbours, ",
      el("kbd", {}, "+"),
      " ",
      el("kbd", {}, "−"),
      " or the wheel to zoom, ",
      el("kbd", {}, "0"),
      " for all; drag to move.",
    ),
    info,
    inView,
  );
  function announceMiss(text) {
    info.replaceChildren(
      el("h3", {}, `${text || "nothing"} is in no chunk of malloc's`),
      el(
        "p",
        { class: "note" },
        "An address is written as ashlar or a debugger prints it: 7f3c_2a00_1010 or 0x7f3c2a001010.",
      ),
    );
    announce("not found");
  }
  const chunkTable = table({
    id: "chunks",
    caption: "The first 2,000 in view",
    rows: [],
    limit: 20,
    columns: chunkColumns(),
  });
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
  const held = explain.pin && explain.causes.some((c) => c.code === "Q001"),
    at = held ? addressOf(explain.pin.at) : 0,
    segment = segments.find((s) => at >= s.base && at < s.base + s.size);
  const thing = segment && thingAt(segment, at - segment.base);
  if (!thing || thing.cell) return;
  heapMap.selected = thing;
  heapMap.drawMarks();
  document.getElementById("map-info").replaceChildren(...describe(thing, "The block that holds the end of the heap: "));
}
