// panel.js - a chunk in words: in a line beside the pointer, and in the panel below the map.

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
  if (thing.cell)
    return `${sizeText(thing.size)} at ${addressText(thing.at)}: ${plural(thing.cell.chunks, "chunk")} ${thing.cell.chunks === 1 ? "begins" : "begin"} here, ${sizeText(thing.cell.of[0])} live`;
  const where = thing.arena === "mmap" ? "" : " in " + arenaText(thing.arena);
  return `${countText(thing.size)} bytes ${thing.state}${thing.bin ? ", " + thing.bin : ""}${where} at ${addressText(thing.at)}`;
}

function showTip(thing, event) {
  const tip = document.getElementById("tip");
  tip.hidden = !thing;
  if (!thing) return;
  tip.textContent = oneLine(thing);
  const wide = tip.offsetWidth,
    x = Math.min(event.clientX + 14, innerWidth - wide - 8),
    y = event.clientY + 20;
  tip.style.left = Math.max(4, x) + "px";
  tip.style.top = (y + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 12 : y) + "px";
}

// What the panel says of a chunk: all there is to know of it, and its neighbours in memory.
function describe(thing, before = "") {
  if (!thing)
    return [
      el("h3", {}, "No chunk chosen"),
      el(
        "p",
        { class: "note" },
        "Point at the map to see what lies there; click to keep it here, with its neighbours.",
      ),
    ];
  const facts = [],
    fact = (name, value) => facts.push(el("dt", {}, name), el("dd", {}, value));
  const { segment } = thing,
    offset = thing.at - segment.base;
  if (thing.cell) {
    fact("Range", `${addressText(thing.at)} to ${addressText(thing.at + thing.size)}`);
    fact("Chunks", `${countText(thing.cell.chunks)} begin in it`);
    fact(
      "Holds",
      GROUPS.map((g, i) => [GROUP_TEXT[g], thing.cell.of[i]])
        .filter(([, n]) => n)
        .map(([text, n]) => `${text} ${sizeText(n)}`)
        .join(", "),
    );
    fact("In memory", sizeText(Math.round(thing.cell.resident)));
    fact("Arena", thing.arena);
    return [el("h3", {}, `A cell of ${sizeText(thing.size)}`), el("dl", {}, facts)];
  }
  const resident = Math.round(residentBytes(segment, offset, offset + thing.size));
  fact("Chunk", addressText(thing.at) + (segment.headless ? " (no header)" : ""));
  if (!thing.head && !segment.headless)
    fact(thing.group === 0 ? "Program's pointer" : "Block", addressText(thing.at + 16));
  fact("Size", thing.size >= 1024 ? `${countText(thing.size)} bytes (${sizeText(thing.size)})` : `${thing.size} bytes`);
  fact(
    "State",
    thing.head
      ? "malloc's own: the head of the segment"
      : STATE_TEXT[thing.state] + (thing.bin ? ` (${thing.bin})` : ""),
  );
  if (!segment.headless && !thing.head) fact("Flags", `${thing.flags}  ${flagsText(thing.flags)}`);
  fact(
    "In memory",
    `${sizeText(resident)} of ${sizeText(thing.size)}${segment.pagesGuessed ? " (which pages is not told)" : ""}`,
  );
  fact("Arena", thing.arena);
  for (const [name, index] of [
    ["Below", thing.index - 1],
    ["Above", thing.index + 1],
  ])
    if (index >= 0 && index < segment.count) fact(name, neighbour(chunkOf(segment, index)));
  const what = thing.state === "mapped" ? "mapped chunk" : "chunk";
  return [
    el(
      "h3",
      {},
      before +
        (before ? what : what.charAt(0).toUpperCase() + what.slice(1)) +
        ` of ${sizeText(thing.size)}, ${thing.state}`,
    ),
    el("dl", {}, facts),
  ];
}

function neighbour(chunk) {
  return el(
    "span",
    {},
    el("button", { type: "button", class: "link", onclick: () => heapMap.select(chunk, true) }, addressText(chunk.at)),
    ` ${chunk.state}, ${countText(chunk.size)} bytes`,
  );
}

function flagsText(flags) {
  const words = [flags[0] === "P" ? "P: the chunk below is in use" : "the chunk below is free"];
  if (flags[1] === "M") words.push("M: a mapping of its own");
  if (flags[2] === "N") words.push("N: not of the main arena");
  return "(" + words.join(", ") + ")";
}
