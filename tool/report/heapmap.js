// heapmap.js - the heap as rows of memory, read like text: low addresses first, each row goes on in the next.
//
// At every width a column of pixels is stacked from what lies in it: live below, free on top. Zoomed in far enough
// a column is one chunk, then a chunk is many columns, and has an edge and its size written in it.

const LEAST = 256; // bytes: no view is narrower
const LABELS_MOST = 3000; // chunks in view up to which edges and sizes are drawn

class HeapMap {
  constructor(holder, overview, options) {
    this.holder = holder;
    this.overview = overview;
    this.tell = options;
    this.base = holder.querySelector("#map-base");
    this.over = holder.querySelector("#map-over");
    this.hovered = this.selected = null;
    this.choose("all");
    this.listen();
    new ResizeObserver(() => this.layout()).observe(holder);
  }

  // Show one arena, "mmap", or "all"; its segments are laid side by side, without the gaps between them.
  choose(name) {
    this.list = segments.filter((s) => name === "all" || s.arena === name);
    this.places = new Float64Array(this.list.length + 1);
    this.list.forEach((s, i) => (this.places[i + 1] = this.places[i] + s.size));
    this.total = this.places[this.list.length];
    this.name = name;
    this.selected = this.hovered = null;
    this.from = 0;
    this.to = this.total;
    this.layout();
  }

  // Sizes in pixels: as many as the screen has, so that edges are sharp.
  layout() {
    const wide = this.holder.clientWidth,
      ratio = window.devicePixelRatio || 1;
    if (!wide) return;
    this.narrow = wide < 620;
    this.gutter = this.narrow ? 0 : 118;
    this.rows = this.narrow ? 14 : 12;
    this.rowHeight = this.narrow ? 20 : 24;
    this.rowStep = this.rowHeight + 5;
    this.width = Math.max(64, Math.floor(wide - this.gutter));
    this.ratio = ratio;
    for (const canvas of [this.base, this.over]) {
      canvas.width = Math.round(wide * ratio);
      canvas.height = Math.round(this.rows * this.rowStep * ratio);
      canvas.style.height = this.rows * this.rowStep + "px";
    }
    this.overview.width = Math.round(this.overview.clientWidth * ratio);
    this.overview.height = Math.round(26 * ratio);
    this.readColours();
    this.picture = null;
    this.draw();
  }

  readColours() {
    const probe = el("canvas", { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
    const rgb = (name) => {
      probe.fillStyle = colour(name);
      probe.fillRect(0, 0, 1, 1);
      return probe.getImageData(0, 0, 1, 1).data.slice(0, 3);
    };
    this.palette = { colours: GROUPS.map(rgb), ground: rgb("card"), empty: rgb("soft") };
  }

  draw() {
    if (!this.total || !this.width) return;
    const columns = Math.round(this.width * this.ratio),
      height = Math.round(this.rowHeight * this.ratio);
    const context = this.base.getContext("2d");
    context.clearRect(0, 0, this.base.width, this.base.height);
    const measured = measure(this.list, this.places, this.from, this.to, columns * this.rows);
    this.seen = measured.seen;
    for (let row = 0; row < this.rows; row++)
      context.putImageData(
        paint(measured, row * columns, columns, height, this.palette),
        Math.round(this.gutter * this.ratio),
        Math.round(row * this.rowStep * this.ratio),
      );
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.drawGutter(context);
    if (this.seen <= LABELS_MOST) this.drawEdges(context);
    this.drawSegments(context);
    context.setTransform(1, 0, 0, 1, 0, 0);
    this.drawOverview();
    this.drawMarks();
    this.publish();
  }

  drawGutter(context) {
    if (!this.gutter) return;
    context.font = "11.5px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
    context.fillStyle = colour("muted");
    context.textBaseline = "middle";
    for (let row = 0; row < this.rows; row++) {
      const place = this.find(this.from + (row * (this.to - this.from)) / this.rows);
      if (place)
        context.fillText(
          addressText(Math.floor(place.segment.base + place.offset)).padStart(14),
          2,
          row * this.rowStep + this.rowHeight / 2,
        );
    }
  }

  // The pieces of [start, end) in rows: calls back with x, y and width in CSS pixels.
  pieces(start, end, call) {
    const perRow = (this.to - this.from) / this.rows,
      scale = this.width / perRow;
    const first = Math.max(0, Math.floor((start - this.from) / perRow)),
      last = Math.min(this.rows - 1, Math.floor((end - this.from - 1e-9) / perRow));
    for (let row = first; row <= last; row++) {
      const rowFrom = this.from + row * perRow;
      const a = Math.max(start, rowFrom),
        b = Math.min(end, rowFrom + perRow);
      if (b > a) call(this.gutter + (a - rowFrom) * scale, row * this.rowStep, (b - a) * scale, a === start, b === end);
    }
  }

  // Where each chunk begins, and its size where there is room for it.
  drawEdges(context) {
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.textAlign = "left";
    this.inView((thing, start, end) => {
      let told = false;
      this.pieces(start, end, (x, y, width, begins) => {
        if (width < 3) return;
        context.fillStyle = colour("card");
        if (begins) context.fillRect(x, y, 1, this.rowHeight);
        const text = sizeText(thing.size),
          room = context.measureText(text).width;
        if (told || width < room + 10) return;
        told = true;
        context.fillStyle = this.inkOn(
          thing,
          Math.max(start, this.from) - start,
          ((room + 6) * (this.to - this.from)) / this.rows / this.width,
        );
        context.fillText(text, x + 6, y + this.rowHeight / 2 + 0.5);
      });
    });
  }

  // A mark where a segment begins: its addresses do not go on from those on its left. Too many of them mark nothing.
  drawSegments(context) {
    const first = indexAt(this.places, this.list.length, this.from),
      marks = [];
    for (let s = Math.max(1, first); s < this.list.length && this.places[s] < this.to && marks.length <= 64; s++)
      if (this.places[s] >= this.from) marks.push(this.places[s]);
    if (marks.length > 64) return;
    context.fillStyle = colour("ink");
    for (const place of marks)
      this.pieces(place, place + 1, (x, y) => {
        context.fillRect(x - 1, y - 2, 2, this.rowHeight + 4);
        context.beginPath();
        context.moveTo(x - 4, y - 2.5);
        context.lineTo(x + 4, y - 2.5);
        context.lineTo(x, y + 3);
        context.fill();
      });
  }

  // Dark letters on light colours and the reverse; so many bytes of the chunk, from there on, are under the letters.
  inkOn(thing, from, bytes) {
    const offset = thing.at - thing.segment.base + from;
    if (thing.cell || residentBytes(thing.segment, offset, offset + bytes) < bytes * 0.9) return colour("ink");
    const [r, g, b] = this.palette.colours[thing.group];
    return r * 0.3 + g * 0.59 + b * 0.11 > 128 ? "#10161d" : "#ffffff";
  }

  drawOverview() {
    const context = this.overview.getContext("2d"),
      width = this.overview.width,
      height = this.overview.height;
    if (!width) return;
    if (!this.picture)
      this.picture = paint(measure(this.list, this.places, 0, this.total, width), 0, width, height, this.palette);
    context.putImageData(this.picture, 0, 0);
    const a = (this.from / this.total) * width,
      b = Math.max(a + 2, (this.to / this.total) * width);
    context.fillStyle = colour("card");
    context.globalAlpha = 0.62;
    context.fillRect(0, 0, a, height);
    context.fillRect(b, 0, width - b, height);
    context.globalAlpha = 1;
    context.strokeStyle = colour("ink");
    context.lineWidth = 2 * this.ratio;
    context.strokeRect(a + this.ratio, this.ratio, Math.max(1, b - a - 2 * this.ratio), height - 2 * this.ratio);
  }

  // What the pointer is on, and what is chosen: on a canvas of their own, so that moving draws little.
  drawMarks() {
    const context = this.over.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.over.width, this.over.height);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    const mark = (thing, stroke, width) => {
      if (!thing) return;
      const start = this.placeOf(thing);
      context.strokeStyle = stroke;
      context.lineWidth = width;
      this.pieces(start, start + thing.size, (x, y, w) =>
        context.strokeRect(x + 0.5, y + 0.5, Math.max(2, w - 1), this.rowHeight - 1),
      );
    };
    mark(this.hovered, colour("muted"), 1.5);
    mark(this.selected, colour("ink"), 2.5);
  }

  // For those who read the page by program, and for the line above the map.
  publish() {
    const first = this.find(this.from),
      last = this.find(this.to - 1);
    this.over.dataset.start = "0x" + Math.floor(first.segment.base + first.offset).toString(16);
    this.over.dataset.bytes = Math.round(this.to - this.from);
    this.over.dataset.chunks = this.seen;
    this.tell.moved(this, first, last);
  }

  // The segment that a place of the strip lies in, and where in it.
  find(place) {
    const clamped = Math.max(0, Math.min(this.total - 1, place)),
      i = indexAt(this.places, this.list.length, clamped);
    return this.list.length ? { segment: this.list[i], offset: clamped - this.places[i] } : null;
  }

  placeOf(thing) {
    return this.places[this.list.indexOf(thing.segment)] + thing.at - thing.segment.base;
  }

  // Each chunk or cell in view, with its place in the strip.
  inView(call) {
    for (
      let s = indexAt(this.places, this.list.length, this.from);
      s < this.list.length && this.places[s] < this.to;
      s++
    ) {
      const segment = this.list[s],
        place = this.places[s],
        count = segment.cells ? segment.cells.length : segment.count;
      const get = segment.cells ? cellOf : chunkOf;
      const offset = Math.max(0, this.from - place);
      let i = segment.cells
        ? Math.max(0, Math.floor((offset - segment.headBytes) / segment.cell))
        : indexAt(segment.starts, segment.count, offset / 8);
      for (; i < count; i++) {
        const thing = get(segment, i),
          start = place + thing.at - segment.base;
        if (start >= this.to) break;
        if (call(thing, start, start + thing.size) === false) return;
      }
    }
  }

  thingAtPlace(place) {
    const found = this.find(place);
    return found && thingAt(found.segment, found.offset);
  }

  // From the pointer's position to a place, or -1 beside the rows.
  placeAt(event) {
    const box = this.over.getBoundingClientRect(),
      x = event.clientX - box.left - this.gutter,
      row = Math.floor((event.clientY - box.top) / this.rowStep);
    if (x < 0 || x >= this.width || row < 0 || row >= this.rows) return -1;
    return this.from + ((row + x / this.width) * (this.to - this.from)) / this.rows;
  }

  view(from, to) {
    const width = Math.min(this.total, Math.max(Math.min(LEAST, this.total), to - from));
    this.from = Math.max(0, Math.min(this.total - width, from));
    this.to = this.from + width;
    this.draw();
  }

  // What is under the anchor stays there.
  zoom(factor, anchor) {
    const at =
      anchor === undefined
        ? this.selected
          ? this.placeOf(this.selected) + this.selected.size / 2
          : (this.from + this.to) / 2
        : anchor;
    const width = Math.max(Math.min(LEAST, this.total), (this.to - this.from) * factor),
      share = (at - this.from) / (this.to - this.from);
    const inside = share >= 0 && share <= 1 ? share : 0.5;
    this.view(at - width * inside, at + width * (1 - inside));
  }

  whole() {
    this.view(0, this.total);
  }

  select(thing, reveal) {
    this.selected = thing;
    if (thing && reveal) {
      const start = this.placeOf(thing),
        width = this.to - this.from;
      if (start < this.from || start + Math.min(thing.size, width) > this.to)
        this.view(start + thing.size / 2 - width / 2, start + thing.size / 2 + width / 2);
    }
    this.drawMarks();
    this.tell.selected(thing);
  }

  // Go to an address and choose what is there, near enough to see it. False if no chunk has it.
  goTo(address) {
    const segment = segments.find((s) => address >= s.base && address < s.base + s.size);
    if (!segment) return false;
    if (!this.list.includes(segment)) {
      this.choose("all");
      this.tell.chosen("all");
    }
    const thing = thingAt(segment, address - segment.base);
    if (!thing) return false;
    const middle = this.placeOf(thing) + thing.size / 2,
      width = Math.min(this.to - this.from, Math.max(thing.size * 8, 8192));
    this.view(middle - width / 2, middle + width / 2);
    this.select(thing, false);
    return true;
  }

  // The chunk before or behind; from one segment into the next.
  step(by) {
    if (!this.selected) {
      this.select(this.thingAtPlace(this.from), true);
      return;
    }
    const { segment, index } = this.selected,
      s = this.list.indexOf(segment),
      get = (g, i) => (g.cells ? cellOf(g, i) : chunkOf(g, i)),
      count = (g) => (g.cells ? g.cells.length : g.count);
    let next = null;
    if (index + by >= 0 && index + by < count(segment)) next = get(segment, index + by);
    else if (by > 0 && s + 1 < this.list.length) next = get(this.list[s + 1], 0);
    else if (by < 0 && s > 0) next = get(this.list[s - 1], count(this.list[s - 1]) - 1);
    if (next) this.select(next, true);
  }

  key(event) {
    const width = this.to - this.from,
      row = width / this.rows;
    const keys = {
      ArrowRight: () => this.step(1),
      ArrowLeft: () => this.step(-1),
      ArrowDown: () => this.view(this.from + row, this.to + row),
      ArrowUp: () => this.view(this.from - row, this.to - row),
      PageDown: () => this.view(this.from + width, this.to + width),
      PageUp: () => this.view(this.from - width, this.to - width),
      Home: () => this.view(0, width),
      End: () => this.view(this.total - width, this.total),
      "+": () => this.zoom(0.5),
      "=": () => this.zoom(0.5),
      "-": () => this.zoom(2),
      0: () => this.whole(),
      Escape: () => this.whole(),
      Enter: () => this.selected && this.goTo(this.selected.at),
    };
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  }

  // The wheel zooms only where the map was clicked before, or with Ctrl: else the page would not scroll past it.
  wheel(event) {
    if (!event.ctrlKey && document.activeElement !== this.over) return;
    const place = this.placeAt(event);
    if (place < 0) return;
    event.preventDefault();
    this.zoom(Math.exp(Math.max(-1, Math.min(1, event.deltaY / 240))), place);
  }

  hover(event) {
    const place = this.placeAt(event),
      thing = place < 0 ? null : this.thingAtPlace(place);
    const same = thing && this.hovered && thing.at === this.hovered.at;
    this.hovered = thing;
    if (!same) this.drawMarks();
    this.tell.hovered(thing, event);
  }

  listen() {
    const over = this.over;
    let drag = null;
    over.addEventListener("pointerdown", (event) => {
      over.focus({ preventScroll: true });
      drag = { x: event.clientX, y: event.clientY, from: this.from, to: this.to, moved: false };
      over.setPointerCapture(event.pointerId);
    });
    over.addEventListener("pointermove", (event) => {
      if (!drag) return this.hover(event);
      const dx = event.clientX - drag.x,
        dy = Math.round((event.clientY - drag.y) / this.rowStep),
        perRow = (drag.to - drag.from) / this.rows;
      if (Math.abs(dx) + Math.abs(event.clientY - drag.y) > 4) drag.moved = true;
      const by = (dx / this.width + dy) * perRow;
      if (drag.moved) this.view(drag.from - by, drag.to - by);
    });
    over.addEventListener("pointerup", (event) => {
      const place = this.placeAt(event);
      if (drag && !drag.moved && place >= 0) this.select(this.thingAtPlace(place), false);
      drag = null;
    });
    over.addEventListener("pointercancel", () => (drag = null));
    over.addEventListener("pointerleave", () => {
      this.hovered = null;
      this.drawMarks();
      this.tell.hovered(null);
    });
    over.addEventListener("dblclick", (event) => {
      const place = this.placeAt(event);
      if (place >= 0) this.zoom(0.25, place);
    });
    over.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    over.addEventListener("keydown", (event) => this.key(event));
    const slide = (event) => {
      if (!event.buttons) return;
      const box = this.overview.getBoundingClientRect(),
        middle = ((event.clientX - box.left) / box.width) * this.total,
        half = (this.to - this.from) / 2;
      // From the whole, a click on the overview goes to a sixteenth of it.
      const wide = half * 2 >= this.total ? this.total / 32 : half;
      this.view(middle - wide, middle + wide);
    };
    this.overview.addEventListener("pointerdown", (event) => {
      this.overview.setPointerCapture(event.pointerId);
      slide(event);
    });
    this.overview.addEventListener("pointermove", slide);
  }
}
