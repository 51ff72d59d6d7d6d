// What the console adds to its pages: keys, questions before what cannot be taken back, figures.
// Every page works without.
const settings = document.querySelector("script[data-figures]").dataset;
document.documentElement.classList.add("scripted");

const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
const isShown = (element) => element.getClientRects().length > 0;

let going = false;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (document.querySelector("dialog[open]") !== null) return;
  if (going) {
    going = false;
    return press(`[data-go="${CSS.escape(event.key)}"]`, event);
  }
  if (event.key === "g") going = true;
  else if (event.key === "?") showKeys();
  else if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1, event);
  else press(`[data-key="${CSS.escape(event.key)}"]`, event);
});

function press(selector, event) {
  const target = [...document.querySelectorAll(selector)].find((one) => isShown(one) || one.closest("details"));
  if (target === undefined) return;
  event.preventDefault();
  if (target.matches("input:not([type=checkbox], [type=radio]), textarea, select")) target.focus();
  else target.click();
}

// j and k go along the rows of a list; Enter then opens the link that has the focus
function step(by, event) {
  const rows = [...document.querySelectorAll("[data-rows] > *")].filter(isShown);
  if (rows.length === 0) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  (next.querySelector("a, button, input") ?? next).focus();
  next.scrollIntoView({ block: "nearest" });
  event.preventDefault();
}

const NAMES = { " ": "Space", Enter: "Enter", Escape: "Esc" };

function showKeys() {
  const list = document.querySelector("#keys dl");
  const found = new Map([["?", "These keys"]]);
  if (document.querySelector("[data-rows]")) found.set("j / k", "Down / up the list");
  for (const one of document.querySelectorAll("[data-key]")) {
    found.set(NAMES[one.dataset.key] ?? one.dataset.key, titleOf(one));
  }
  for (const one of document.querySelectorAll("aside [data-go]")) found.set(`g ${one.dataset.go}`, titleOf(one));
  list.replaceChildren(...[...found].flatMap(([key, title]) => [element("dt", element("kbd", key)), element("dd", title)]));
  document.getElementById("keys").showModal();
}

function titleOf(one) {
  const label = one.labels?.[0] ?? one;
  return one.title || one.getAttribute("aria-label") || label.textContent.trim();
}

function element(name, content) {
  const made = document.createElement(name);
  made.append(content);
  return made;
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  if (event.target instanceof HTMLDialogElement) event.target.close();
  // as the browser's own button: a form one comes back to still has what was typed into it
  const back = event.target.closest("[data-back]");
  if (back && document.referrer && back.href === document.referrer && history.length > 1) {
    event.preventDefault();
    history.back();
  }
  const all = event.target.closest("[data-all]");
  if (all) for (const box of document.querySelectorAll(`input[name="${CSS.escape(all.dataset.all)}"]`)) box.checked = all.checked;
});

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);

// a second click while the first is on its way sends nothing; a file to download leaves the page as it is
const PATIENCE_MS = 5000;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(settle, PATIENCE_MS, form);
});

function settle(form) {
  delete form.dataset.sent;
  form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
}

addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(settle));

async function drawFigures() {
  if (document.querySelector("[data-figure]") === null) return;
  const { draw } = await import(settings.figures);
  await draw(settings.echarts);
}

document.addEventListener("htmx:after:swap", drawFigures);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawFigures);
drawFigures();
