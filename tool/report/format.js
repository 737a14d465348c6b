// format.js - numbers as `ashlar` writes them, and elements made in one call.

const UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

// "400 B", "132 KiB", "27.3 MiB": one decimal, but whole kibibytes as they are.
function sizeText(bytes) {
  if (bytes < 1024) return bytes + " B";
  let unit = 0,
    scale = 1024;
  while (bytes / scale >= 1023.95 && unit + 1 < UNITS.length) {
    scale *= 1024;
    unit++;
  }
  return (bytes / scale).toFixed(unit === 0 && bytes % 1024 === 0 ? 0 : 1) + " " + UNITS[unit];
}

// "1,228".
function countText(n) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

// Groups of four digits, because twelve cannot be compared by eye.
function addressText(at) {
  return at.toString(16).replace(/\B(?=(.{4})+$)/g, "_");
}

// What is there is not "0 %".
function percentText(part, whole) {
  const percent = whole ? (part * 100) / whole : 0;
  return percent > 0 && percent < 0.5 ? "<1 %" : Math.round(percent) + " %";
}

// 47 to 57 bits: all that a double holds exactly.
function addressOf(text) {
  return parseInt(text, 16);
}

// An element, its attributes, its children; text is never taken for HTML.
function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "style") for (const [p, v] of Object.entries(value)) element.style.setProperty(p, v);
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== null && value !== false)
      element.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) if (child !== null && child !== undefined) element.append(child);
  return element;
}

// The same for SVG.
function svg(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function colour(name) {
  return getComputedStyle(document.documentElement)
    .getPropertyValue("--" + name)
    .trim();
}

// Tell those who do not see it.
function announce(text) {
  document.getElementById("said").textContent = text;
}

// The clipboard needs a page that the browser trusts; a selection works everywhere else.
async function copyText(text, button) {
  let copied = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", { class: "unseen" });
    area.value = text;
    document.body.append(area);
    area.select();
    copied = document.execCommand("copy");
    area.remove();
  }
  const before = button.dataset.label || button.textContent;
  button.dataset.label = before;
  button.textContent = copied ? "Copied" : "Not copied";
  announce(button.textContent);
  setTimeout(() => (button.textContent = before), 1200);
}

function download(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = el("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// A bar of parts: [[colour, share of the whole], ...].
function bar(parts, label) {
  return el(
    "div",
    { class: "bar", role: label ? "img" : null, "aria-label": label, "aria-hidden": label ? null : "true" },
    parts.map(([name, share]) =>
      el("i", { style: { width: Math.max(0, Math.min(100, share * 100)) + "%", background: `var(--${name})` } }),
    ),
  );
}
