// verdict.js - what `ashlar explain` says: the sentence, the parts, why, and what to do.

function tile(text, value, tint) {
  return el("div", { class: "tile", style: { "--tint": `var(--${tint})` } }, el("b", {}, value), el("span", {}, text));
}

// How many, where the chunks were counted; else null.
function liveBlocks() {
  return heap ? heap.total.live.count + heap.total.mapped.count : null;
}

function partRows() {
  const total = explain.resident;
  return Object.entries(explain.parts)
    .filter(([, bytes]) => bytes > 0)
    .map(([word, bytes]) => ({
      word,
      bytes,
      share: total ? bytes / total : 0,
      name: word === "live" && liveBlocks() ? `live: ${plural(liveBlocks(), "block")}` : doc.part_names[word] || word,
      tint: PART_COLOURS[word] || "other",
    }));
}

function verdictSection() {
  const place = document.getElementById("verdict"),
    head = document.getElementById("sentence");
  head.textContent = joined(head.textContent);
  document.getElementById("sections").append(el("a", { href: "#verdict" }, "Verdict"));
  const parts = partRows(),
    total = explain.resident,
    at = (word) => explain.parts[word] || 0;
  place.append(
    el(
      "p",
      { class: "lead" },
      [
        target.exe,
        doc.allocator,
        target.read_at ? "read " + target.read_at.replace("T", " ").replace(/\.\d+Z$/, " UTC") : "",
        target.kind === "core" ? "from its core file" : target.kind === "snapshot" ? "kept in a snapshot" : "",
        doc.exactness,
      ]
        .filter(Boolean)
        .join("  ·  "),
    ),
    damage(),
    el(
      "div",
      { class: "tiles" },
      tile("in memory (RSS)", sizeText(total), "ink"),
      tile("live blocks", sizeText(at("live")), "live"),
      tile("could go back now", sizeText(at("kept")), "free"),
      tile("not malloc's", sizeText(at("code") + at("stacks") + at("files") + at("other")), "code"),
    ),
    el("h3", {}, "Where it is"),
    el(
      "div",
      {
        class: "stack",
        role: "img",
        "aria-label": "The parts of the resident memory; the table below has the numbers",
      },
      parts.map((p) =>
        el("i", {
          title: `${p.name}: ${sizeText(p.bytes)}, ${percentText(p.bytes, total)}`,
          style: { width: p.share * 100 + "%", background: `var(--${p.tint})` },
        }),
      ),
    ),
    table({
      id: "parts",
      caption: "The parts add up to what the kernel counts",
      rows: parts,
      limit: 20,
      columns: [
        {
          title: "Part",
          get: (p) => p.name,
          kind: "text",
          show: (p) =>
            el(
              "span",
              {},
              p.tint ? el("i", { class: "chip", style: { background: `var(--${p.tint})` } }) : null,
              p.name,
            ),
        },
        { title: "Share", kind: "bars", broad: true, show: (p) => (p.tint ? bar([[p.tint, p.share]]) : "") },
        { title: "Bytes", get: (p) => p.bytes, kind: "size" },
        {
          title: "Percent",
          get: (p) => Math.round(p.share * 1000) / 10,
          kind: "percent",
          show: (p) => percentText(p.bytes, total),
        },
      ],
      total: { name: "total = RSS", bytes: total, share: 1, word: "total" },
    }),
    causes(),
  );
  if (explain.remedies.length) place.append(remedies());
}

// A heap that was overwritten is told even to those who asked for something else.
function damage() {
  const arenas = heap ? heap.arenas.filter((a) => a.damaged || a.torn) : [];
  if (!heap) return el("p", { class: "note" }, "Its malloc is none that can be read: the page has no map of the heap.");
  return el(
    "div",
    {},
    arenas.map((a) =>
      el(
        "p",
        { class: "alarm" },
        el(
          "b",
          {},
          a.damaged ? `The heap is damaged, in arena ${a.name}: ` : `Arena ${a.name} changed each time it was read: `,
        ),
        sentence(a.complaint),
        ".",
      ),
    ),
  );
}

// The words of `ashlar help explain Q001` are in the page.
function causes() {
  return el(
    "div",
    {},
    el("h3", {}, "Why"),
    el(
      "div",
      { class: "causes" },
      explain.causes.map((cause) => {
        const words = doc.codes[cause.code];
        return el(
          "div",
          { class: "cause" },
          el(
            "div",
            {},
            el("span", { class: "code" }, cause.code),
            el("span", { class: "title" }, cause.title),
            cause.bytes ? el("span", { class: "bytes" }, sizeText(cause.bytes)) : null,
          ),
          cause.text ? el("p", {}, sentence(cause.text)) : null,
          words
            ? el(
                "details",
                {},
                el("summary", {}, "What this means, and what helps"),
                el("p", {}, words.meaning),
                el("p", {}, words.remedy),
              )
            : null,
        );
      }),
    ),
  );
}

function remedies() {
  const rows = explain.remedies.map((r, i) => ({ ...r, n: i + 1 })),
    now = explain.resident;
  return el(
    "div",
    {},
    el("h3", {}, "What to do"),
    table({
      id: "remedies",
      caption: "Each with the RSS to expect; ~ is an estimate for a new run",
      rows,
      columns: [
        {
          title: "What",
          get: (r) => r.what,
          kind: "text",
          show: (r) => el("div", {}, r.what, r.command ? command(r.command) : null),
        },
        {
          title: "RSS then",
          kind: "bars",
          broad: true,
          show: (r) => (r.predicted_rss === null ? "" : bar([["good", r.predicted_rss / now]])),
        },
        {
          title: "Predicted RSS",
          get: (r) => r.predicted_rss,
          kind: "size",
          show: (r) => (r.predicted_rss === null ? "not known" : (r.exact ? "" : "~") + sizeText(r.predicted_rss)),
        },
        { title: "Effort", get: (r) => r.effort, kind: "text" },
      ],
    }),
  );
}

function command(text) {
  const button = el("button", { type: "button", onclick: () => copyText(text, button) }, "Copy");
  return el("div", { class: "command" }, el("code", {}, text), button);
}
