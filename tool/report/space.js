// space.js - the address space, as `ashlar map` shows it.

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
  const most = Math.max(...rows.map((r) => r.resident), 1),
    list = [];
  rows.forEach((row, i) => {
    const start = addressOf(row.start),
      above = i > 0 ? addressOf(rows[i - 1].start) : 0;
    if (above - addressOf(row.end) >= 1 << 20) list.push({ gap: above - addressOf(row.end), rowClass: "gap" });
    list.push({ ...row, at: start, share: row.resident / most });
  });
  return list;
}

function residentBar(row) {
  const used = row.live + row.free;
  if (!(used > 0)) return bar([[regionColour(row.kind), row.share]]);
  return bar([
    ["live", (row.share * row.live) / used],
    ["free", (row.share * row.free) / used],
  ]);
}

function spaceSection() {
  const kind = (r) => doc.region_kinds[r.kind] || { name: r.kind, lesson: "" };
  return section(
    "space",
    "Address space",
    `${sizeText(doc.map.total.size)} of addresses, ${sizeText(doc.map.total.resident)} of them in memory. High addresses first, as the stack stands over the heap.`,
    table({
      id: "address-map",
      caption: "What lies where; a bar is what is in memory, of malloc's arenas live and free",
      rows: mapRows(doc.rows),
      limit: 60,
      sorted: false,
      columns: [
        {
          title: "Start",
          kind: "address",
          broad: true,
          get: (r) => r.at,
          show: (r) => (r.at ? addressText(r.at) : ""),
        },
        { title: "In memory", kind: "bars", show: (r) => (r.share === undefined ? "" : residentBar(r)) },
        {
          title: "What",
          get: (r) => (r.gap ? "gap" : rowName(r)),
          show: (r) =>
            r.gap
              ? `┊ gap of ${sizeText(r.gap)}`
              : el("span", { title: kind(r).lesson.replace(/\n/g, " ") }, rowName(r), rowNote(r, kind(r).name)),
        },
        {
          title: "Size",
          kind: "size",
          broad: true,
          get: (r) => r.gap || r.committed || addressOf(r.end) - r.at,
          show: (r) => (r.gap ? "" : sizeText(r.committed || addressOf(r.end) - r.at)),
        },
        { title: "Resident", kind: "size", get: (r) => r.resident, show: (r) => (r.gap ? "" : sizeText(r.resident)) },
      ],
      total: {
        at: 0,
        name: "total = RSS",
        note: " ",
        kind: "",
        resident: doc.map.total.resident,
        committed: doc.map.total.size,
        start: "0x0",
        end: "0x0",
      },
    }),
    sums(),
    regions(doc.map.regions),
  );
}

function sums() {
  const total = doc.map.total.resident;
  return table({
    id: "sums",
    caption: "By kind",
    rows: doc.map.sums.filter((s) => s.regions),
    columns: [
      { title: "Kind", get: (s) => s.kind.replace("-", " "), kind: "text" },
      { title: "Regions", get: (s) => s.regions, kind: "count" },
      { title: "Size", get: (s) => s.size, kind: "size" },
      { title: "Resident", get: (s) => s.resident, kind: "size" },
      { title: "Share", kind: "bars", show: (s) => bar([["accent", total ? s.resident / total : 0]]) },
    ],
  });
}

function regions(list) {
  return el(
    "details",
    {},
    el("summary", {}, `All ${countText(list.length)} regions, to be sorted`),
    table({
      id: "regions",
      caption: "Every region; sizes in bytes in the CSV",
      rows: list,
      limit: 40,
      columns: [
        { title: "Start", get: (r) => addressOf(r.start), kind: "address" },
        { title: "Kind", get: (r) => r.kind, kind: "text" },
        { title: "Name", get: (r) => r.name || r.label || "", kind: "text" },
        { title: "Size", get: (r) => addressOf(r.end) - addressOf(r.start), kind: "size" },
        { title: "Committed", get: (r) => r.committed, kind: "size", broad: true },
        { title: "Resident", get: (r) => r.resident, kind: "size" },
        { title: "Private dirty", get: (r) => r.private_dirty, kind: "size", broad: true },
        { title: "Swap", get: (r) => r.swap, kind: "size", broad: true },
      ],
    }),
  );
}
