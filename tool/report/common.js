// common.js - what several sections use: headings, addresses that lead into the map, sentences.

const { explain, heap } = doc,
  { target } = doc.map;
const main = document.querySelector("main");
let heapMap = null;

function section(id, title, lead, ...children) {
  const element = el(
    "section",
    { id, "aria-labelledby": id + "-title" },
    el("h2", { id: id + "-title" }, title),
    lead ? el("p", { class: "lead" }, lead) : null,
    ...children,
  );
  main.append(element);
  const entry = el("a", { href: "#" + id }, title);
  document.getElementById("sections").append(entry);
  return element;
}

// An address that leads into the map of the heap, where it is in it.
function addressLink(at, text) {
  if (!segments.some((s) => at >= s.base && at < s.base + s.size)) return text || addressText(at);
  return el(
    "button",
    {
      type: "button",
      class: "link mono",
      title: "Show it in the map of the heap",
      onclick: () => {
        heapMap.goTo(at);
        document.getElementById("heap").scrollIntoView();
        document.getElementById("map-over").focus({ preventScroll: true });
      },
    },
    text || addressText(at),
  );
}

// A sentence of the judge's: it stands alone here, and the addresses in it lead into the map.
function sentence(text) {
  const words = text.charAt(0).toUpperCase() + text.slice(1);
  return words
    .split(/\b([0-9a-f]{9,16})\b/)
    .map((part, i) => (i % 2 ? addressLink(addressOf(part), part) : joined(part)));
}

// A number and its unit stay on one line.
function joined(text) {
  return text.replace(/(\d) (B|[KMGTPE]iB|%)(?=\W|$)/g, "$1\u00a0$2");
}

function plural(n, one, many) {
  return countText(n) + " " + (n === 1 ? one : many || one + "s");
}
