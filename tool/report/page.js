// page.js - puts the page together, and switches between light and dark.

const root = document.documentElement,
  wish = matchMedia("(prefers-color-scheme: dark)"),
  switcher = document.getElementById("theme");
let chosen = null;

// Pages opened as files may not be allowed to remember anything.
try {
  chosen = localStorage.getItem("ashlar-theme");
} catch {
  chosen = null;
}

function applyTheme() {
  const dark = chosen ? chosen === "dark" : wish.matches;
  root.dataset.theme = dark ? "dark" : "light";
  switcher.textContent = dark ? "Light" : "Dark";
  switcher.setAttribute("aria-label", dark ? "Switch to light" : "Switch to dark");
  if (heapMap) heapMap.layout();
}

switcher.addEventListener("click", () => {
  chosen = root.dataset.theme === "dark" ? "light" : "dark";
  try {
    localStorage.setItem("ashlar-theme", chosen);
  } catch {
    // It holds until the page is left.
  }
  applyTheme();
});
wish.addEventListener("change", applyTheme);

applyTheme();
document.getElementById("who").textContent = target.name ? `${target.name} (${target.pid})` : "";
verdictSection();
heapSection();
spaceSection();
arenasSection();
binsSection();
sizesSection();
cachesSection();
footer();
const textButton = document.getElementById("copy-text");
textButton.addEventListener("click", () => copyText(asText(), textButton));
root.dataset.ready = "yes";
