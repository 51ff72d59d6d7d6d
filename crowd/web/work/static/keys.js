// Answering with the keyboard: one key for each label, and some for the page itself.

const SWITCH = "crowd:single-keys";

export function singleKeys() {
  try { return localStorage.getItem(SWITCH) !== "off"; } catch { return true; }
}

export function setSingleKeys(on) {
  try { localStorage.setItem(SWITCH, on ? "on" : "off"); } catch { /* for this page alone */ }
}

// `form`: gives the form that is there at the moment; `more`: what further keys do, by their names
export function listenToKeys(form, more = {}) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    // what no number has in it is a key in its field, too
    const inNumber = event.target.matches("input[type=number]") && /^[\d.,eE+-]$|^.{2}/.test(event.key);
    const writing = inNumber || event.target.matches("textarea, input[type=search]");
    const inLine = !event.target.matches("textarea") || event.ctrlKey || event.metaKey;
    const sends = event.key === "Enter" && inLine;
    if (writing && event.key === "Escape") event.target.blur();
    if (sends && !event.target.matches("button, a, summary") && !event.repeat) {
      event.preventDefault();
      form()?.requestSubmit(form().querySelector("button.primary"));
      return;
    }
    if (writing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.key !== "?" && !singleKeys()) return;
    if (press(form(), event.key.toLowerCase(), more)) event.preventDefault();
  });
}

function press(stage, key, more) {
  const input = key.length === 1 && stage?.querySelector(`input[data-key="${CSS.escape(key)}"]`);
  if (input && !stage.inert) {
    // chosen already: the same key again sends it
    if (input.type === "radio" && input.checked) stage.requestSubmit(stage.querySelector("button.primary"));
    else input.click();
    input.focus({ preventScroll: true });
    return true;
  }
  more[key]?.();
  return key in more;
}
