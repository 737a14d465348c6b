// table.js - tables that are sorted by their heads, with the mouse or the keyboard, and taken away as CSV or text.
//
// A column is {title, get(row), kind, show(row), broad}: get gives what is sorted and exported, show what is seen,
// broad means that small screens leave it out.
// Kinds: size (bytes), count, address, percent, text, bars (seen only, never exported).

const NUMBERS = new Set(["size", "count", "percent"]);

function cellText(column, row) {
  const value = column.get ? column.get(row) : "";
  if (value === null || value === undefined) return "-";
  switch (column.kind) {
    case "size":
      return sizeText(value);
    case "count":
      return countText(value);
    case "address":
      return addressText(value);
    default:
      return String(value);
  }
}

// As other programs want it: bytes, and addresses with 0x.
function exported(column, row) {
  const value = column.get(row);
  if (value === null || value === undefined) return "";
  return column.kind === "address" ? "0x" + value.toString(16) : String(value);
}

// A spreadsheet takes what begins with one of these for a formula; names come from outside.
function csvField(text) {
  const plain = /^[=+\-@\t\r]/.test(text) && isNaN(Number(text)) ? "'" + text : text;
  return /[",\n\r]/.test(plain) ? '"' + plain.replace(/"/g, '""') + '"' : plain;
}

function lines(columns, rows, separator, field) {
  const wanted = columns.filter((c) => c.kind !== "bars");
  const text = [wanted.map((c) => field(c.title))];
  for (const row of rows) text.push(wanted.map((c) => field(exported(c, row))));
  return text.map((words) => words.join(separator) + "\n").join("");
}

function compare(column) {
  return (a, b) => {
    const x = column.get(a),
      y = column.get(b);
    if (x === y) return 0;
    if (x === null || x === undefined) return -1;
    if (y === null || y === undefined) return 1;
    return typeof x === "string" ? x.localeCompare(y, undefined, { numeric: true }) : x - y;
  };
}

function cell(column, row) {
  const kind = column.kind || "text";
  const classes = [kind, NUMBERS.has(kind) ? "number" : "", column.broad ? "broad" : ""].join(" ").trim();
  const shown = column.show ? column.show(row) : cellText(column, row);
  const td = el("td", { class: classes }, shown);
  if (kind === "size" && column.get(row)) td.title = countText(column.get(row)) + " bytes";
  return td;
}

// The figure; figure.setRows(rows) shows others in it.
function table({ id, caption, columns, rows, total, limit = 15, sorted = true }) {
  const body = el("tbody"),
    more = el("button", { type: "button", class: "more" });
  const heads = columns.map((column, i) => {
    const th = el("th", {
      scope: "col",
      class: [
        NUMBERS.has(column.kind) ? "number" : "",
        column.broad ? "broad" : "",
        sorted && column.get ? "" : "plain",
      ]
        .join(" ")
        .trim(),
    });
    if (!sorted || !column.get) th.append(column.title);
    else th.append(el("button", { type: "button", onclick: () => sort(i) }, column.title));
    return th;
  });
  let order = rows,
    shownAll = false,
    by = -1,
    down = false;

  function draw() {
    body.replaceChildren(
      ...order.slice(0, shownAll ? order.length : limit).map((row) =>
        el(
          "tr",
          { class: row.rowClass },
          columns.map((column) => cell(column, row)),
        ),
      ),
    );
    more.hidden = order.length <= limit;
    more.textContent = shownAll ? `Show the first ${limit} only` : `Show all ${countText(order.length)}`;
  }
  // Numbers begin with the largest, words with A; once more turns the order round.
  function sort(i) {
    down =
      by === i ? !down : columns[i].kind !== "text" && columns[i].kind !== "address" && columns[i].kind !== undefined;
    by = i;
    arrange();
    announce(`sorted by ${columns[i].title}, ${down ? "largest first" : "smallest first"}`);
  }
  function arrange() {
    heads.forEach((th, i) =>
      i === by ? th.setAttribute("aria-sort", down ? "descending" : "ascending") : th.removeAttribute("aria-sort"),
    );
    order = rows.slice();
    if (by >= 0) {
      const rule = compare(columns[by]);
      order.sort((a, b) => (down ? rule(b, a) : rule(a, b)));
    }
    draw();
  }
  more.addEventListener("click", () => {
    shownAll = !shownAll;
    draw();
  });
  const copy = el(
    "button",
    {
      type: "button",
      title: "Copy with tabs between",
      onclick: () =>
        copyText(
          lines(columns, order, "\t", (t) => t.replace(/[\t\n]/g, " ")),
          copy,
        ),
    },
    "Copy",
  );
  const csv = el(
    "button",
    {
      type: "button",
      title: "Save as CSV, sizes in bytes",
      onclick: () => download(id + ".csv", "text/csv", lines(columns, order, ",", csvField)),
    },
    "CSV",
  );
  const grid = el("table", { id }, el("thead", {}, el("tr", {}, heads)), body);
  if (total)
    grid.append(
      el(
        "tfoot",
        {},
        el(
          "tr",
          {},
          columns.map((column, i) =>
            i === 0 && total.label
              ? el("td", { class: NUMBERS.has(column.kind) ? "number" : null }, total.label)
              : cell(column, total),
          ),
        ),
      ),
    );
  const figure = el(
    "figure",
    { class: "table" },
    el("figcaption", {}, el("span", {}, caption), copy, csv),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, grid),
    more,
  );
  figure.setRows = (others) => {
    rows = others;
    arrange();
  };
  figure.csv = () => lines(columns, order, ",", csvField);
  draw();
  return figure;
}
