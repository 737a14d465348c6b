// charts.js - the pictures beside the tables; each has the same numbers in a table next to it.

// The colour of each part of the breakdown.
const PART_COLOURS = {
  kept: "free",
  live: "live",
  shared: "shared",
  cached: "cached",
  tops: "top",
  own: "own",
  code: "code",
  stacks: "stacks",
  files: "files",
  other: "other",
};

// The colour of each kind of region: whose memory it is.
const REGION_COLOURS = {
  break: "live",
  "thread-heap": "live",
  malloc: "live",
  "mapped-chunk": "live",
  stack: "stacks",
  "thread-stack": "stacks",
  file: "files",
  shared: "files",
  anonymous: "other",
  reserved: "top",
};

function regionColour(kind) {
  return REGION_COLOURS[kind] || "code";
}

function legend(entries) {
  return el(
    "div",
    { class: "legend" },
    entries.map(([name, text]) =>
      el("span", {}, el("i", { class: "chip", style: { background: `var(--${name})` } }), text),
    ),
  );
}

// A round number at or above the value, for the top of a scale.
function roundUp(value, bytes) {
  if (value <= 1) return 1;
  const base = bytes ? 1024 ** Math.floor(Math.log(value) / Math.log(1024)) : 1;
  const rest = value / base,
    power = 10 ** Math.floor(Math.log10(rest));
  // A quarter of it has one decimal, too.
  for (const step of [2, 4, 6, 8, 10]) if (rest <= step * power) return step * power * base;
  return value;
}

// A class ends at a power of two or half as much again: "64", "96", "1.5K", "128K".
function classText(end) {
  for (const [unit, scale] of [
    ["G", 1 << 30],
    ["M", 1 << 20],
    ["K", 1 << 10],
  ])
    if (end >= scale) return +(end / scale).toFixed(1) + unit;
  return String(end);
}

// Live and free by size, one on the other; `what` is "bytes" or "count", the width is in pixels.
function histogram(classes, what, width) {
  const height = width < 600 ? 200 : 270,
    left = 64,
    bottom = 34,
    topEdge = 12,
    inner = height - bottom - topEdge;
  const live = (c) => (what === "bytes" ? c.live : c.live_blocks),
    free = (c) => (what === "bytes" ? c.free : c.free_chunks);
  const most = roundUp(Math.max(...classes.map((c) => live(c) + free(c))), what === "bytes"),
    step = (width - left) / classes.length,
    text = what === "bytes" ? sizeText : countText;
  const picture = svg("svg", {
    class: "histogram",
    viewBox: `0 0 ${width} ${height}`,
    role: "img",
    "aria-label": `Live and free chunks by size, in ${what}; the table below has the numbers`,
  });
  for (let i = 0; i <= 4; i++) {
    const y = topEdge + inner - (inner * i) / 4,
      label = svg("text", { x: left - 8, y: y + 4, "text-anchor": "end" });
    if (what === "count" && (most * i) % 4) continue;
    label.textContent = text(Math.round((most * i) / 4));
    picture.append(svg("line", { x1: left, x2: width, y1: y, y2: y }), label);
  }
  classes.forEach((c, i) => {
    const x = left + i * step + step * 0.14,
      w = step * 0.72,
      group = svg("g", {}),
      title = svg("title", {});
    title.textContent = `up to ${sizeText(c.up_to)}: ${countText(c.live_blocks)} live (${sizeText(c.live)}), ${countText(c.free_chunks)} free (${sizeText(c.free)})`;
    let y = topEdge + inner;
    for (const [value, name] of [
      [live(c), "live"],
      [free(c), "free"],
    ]) {
      const h = Math.max(value ? 1 : 0, (value / most) * inner);
      y -= h;
      group.append(svg("rect", { x, y, width: w, height: h, fill: `var(--${name})` }));
    }
    group.append(
      svg("rect", { x: left + i * step, y: topEdge, width: step, height: inner, fill: "transparent" }),
      title,
    );
    const every = Math.ceil((classes.length * 40) / (width - left)),
      label = svg("text", { x: x + w / 2, y: height - 14, "text-anchor": "middle" });
    label.textContent = classText(c.up_to);
    picture.append(group);
    if (i % every === 0) picture.append(label);
  });
  return picture;
}
