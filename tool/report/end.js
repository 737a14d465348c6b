// end.js - the page as text to take along, and how it can be made again.

// What `ashlar explain` would print, for a mail or a bug report.
function asText() {
  const out = [document.getElementById("sentence").textContent, ""];
  for (const p of partRows())
    out.push(`${sizeText(p.bytes).padStart(12)}  ${percentText(p.bytes, explain.resident).padStart(5)}  ${p.name}`);
  out.push(`${sizeText(explain.resident).padStart(12)}  100 %  total = RSS`, "");
  for (const c of explain.causes)
    out.push(`${c.code}  ${c.title}${c.bytes ? "  " + sizeText(c.bytes) : ""}`, c.text ? "      " + c.text : "");
  for (const r of explain.remedies)
    out.push(
      `- ${r.what}: ${r.predicted_rss === null ? "not known" : (r.exact ? "" : "~") + sizeText(r.predicted_rss)}`,
      r.command ? "    $ " + r.command : "",
    );
  out.push("");
  out.push(`ashlar ${doc.host.ashlar}, ${doc.host.command}, ${target.read_at || ""}, ${doc.host.kernel}`);
  out[0] = out[0].replace(/\u00a0/g, " ");
  return out.filter((line, i) => line !== "" || out[i - 1] !== "").join("\n") + "\n";
}

function footer() {
  const facts = [
    ["Made by", `ashlar ${doc.host.ashlar}`],
    ["Command", doc.host.command],
    ["Program", target.exe],
    ["Read at", target.read_at],
    ["Stood still", target.stood_still ? `${(target.stood_still * 1000).toFixed(1)} ms, while it was read` : ""],
    [
      "Machine",
      [target.machine, target.page_size ? sizeText(target.page_size) + " pages" : ""].filter(Boolean).join(", "),
    ],
    ["Kernel", doc.host.kernel],
    ["Processor", [doc.host.cpu, doc.host.cpus > 0 ? doc.host.cpus + " processors" : ""].filter(Boolean).join(", ")],
    ["malloc's settings", doc.environment && (doc.environment.join("  ") || "none in its environment")],
  ];
  const raw = el("details", { id: "raw" }, el("summary", {}, `The data of this page (JSON, schema ${doc.schema})`));
  raw.addEventListener("toggle", () => {
    if (raw.open && raw.childElementCount === 1)
      raw.append(
        el(
          "button",
          { type: "button", onclick: () => download("report.json", "application/json", JSON.stringify(doc, null, 1)) },
          "Save as JSON",
        ),
        el(
          "pre",
          { tabindex: "0" },
          JSON.stringify(
            doc,
            (key, value) =>
              typeof value === "string" && value.length > 400
                ? value.slice(0, 60) + "… " + countText(value.length) + " letters"
                : value,
            1,
          ),
        ),
      );
  });
  document.getElementById("reproduce").append(
    el("h2", {}, "Reproduce"),
    el(
      "dl",
      {},
      facts.filter(([, value]) => value).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]),
    ),
    el(
      "p",
      {},
      "This page is one file and asks for nothing from any network. It has addresses and sizes, and nothing of what the memory contains.",
    ),
    raw,
  );
}
