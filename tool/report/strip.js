// strip.js - a stretch of the heap in columns: what lies in each, and its pixels.
//
// The strip is the segments side by side; a place in it is a number of bytes from its beginning, and places[i] is where
// the segment with that number begins.

// For each of so many columns over [from, to): bytes by group, and bytes in memory.
function measure(list, places, from, to, columns) {
  const weights = new Float64Array(columns * 6),
    resident = new Float64Array(columns),
    scale = columns / (to - from);
  const add = (array, step, group, start, end) => {
    let a = (Math.max(start, from) - from) * scale;
    const b = (Math.min(end, to) - from) * scale;
    for (let i = Math.floor(a); a < b && i < columns; i++) {
      const edge = Math.min(b, i + 1);
      array[i * step + group] += edge - a;
      a = edge;
    }
  };
  let seen = 0;
  for (let s = indexAt(places, list.length, from); s < list.length && places[s] < to; s++) {
    const segment = list[s],
      place = places[s];
    if (segment.cells) {
      if (segment.headBytes) add(weights, 6, 1, place, place + segment.headBytes);
      const first = Math.max(0, Math.floor((from - place - segment.headBytes) / segment.cell));
      for (let i = first; i < segment.cells.length; i++) {
        let at = place + segment.headBytes + i * segment.cell;
        if (at >= to) break;
        const cell = segment.cells[i],
          size = Math.min(segment.cell, place + segment.size - at);
        // What lies where in a cell is not known: each column of it shows the cell's shares.
        const a = Math.max(0, (Math.max(at, from) - from) * scale),
          b = Math.min(columns, (Math.min(at + size, to) - from) * scale);
        for (let x = Math.floor(a); x < b && x < columns; x++) {
          const part = (Math.min(b, x + 1) - Math.max(a, x)) / size;
          for (let g = 0; g < 6; g++) weights[x * 6 + g] += cell.of[g] * part;
          resident[x] += cell.resident * part;
        }
        seen += cell.chunks;
      }
      continue;
    }
    for (let i = indexAt(segment.starts, segment.count, (from - place) / 8); i < segment.count; i++) {
      const start = place + segment.starts[i] * 8;
      if (start >= to) break;
      add(weights, 6, kinds[segment.kinds[i]].group, start, place + segment.starts[i + 1] * 8);
      seen++;
    }
    for (const [start, end] of segment.pages)
      if (place + end > from && place + start < to) add(resident, 1, 0, place + start, place + end);
  }
  return { weights, resident, seen };
}

// Columns first to first + width as pixels of that height; memory that is not there is pale.
function paint(measured, first, width, height, palette) {
  const image = new ImageData(width, height),
    data = image.data;
  for (let x = 0; x < width; x++) {
    const at = (first + x) * 6;
    let sum = 0;
    for (let g = 0; g < 6; g++) sum += measured.weights[at + g];
    const present = sum > 0 ? Math.min(1, measured.resident[first + x] / sum) : 0,
      strength = 0.22 + 0.78 * present;
    let bottom = height,
      part = 0;
    for (let g = 0; g < 6; g++) {
      part += measured.weights[at + g];
      const top = sum > 0 ? height - Math.round((Math.min(part, sum) / Math.max(sum, 0.0001)) * height) : height;
      const [r, gr, b] = palette.colours[g];
      for (let y = top; y < bottom; y++) {
        const p = (y * width + x) * 4;
        data[p] = palette.ground[0] + (r - palette.ground[0]) * strength;
        data[p + 1] = palette.ground[1] + (gr - palette.ground[1]) * strength;
        data[p + 2] = palette.ground[2] + (b - palette.ground[2]) * strength;
        data[p + 3] = 255;
      }
      bottom = Math.min(bottom, top);
    }
    for (let y = 0; y < bottom; y++) {
      const p = (y * width + x) * 4;
      data.set(palette.empty, p);
      data[p + 3] = sum > 0 ? 255 : 110;
    }
  }
  return image;
}
