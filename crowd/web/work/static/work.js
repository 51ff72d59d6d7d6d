// The annotation page with a script: answers by key, the next item fetched ahead, nothing lost when
// the connection is. Without a script the same forms are posted, one page after the other.

import * as draft from "./draft.js";
import { listenToFinding } from "./find.js";
import { listenToKeys, setSingleKeys, singleKeys } from "./keys.js";
import { goBack, listenToMedia, playOrPause } from "./media.js";
import { Final, Unsent, patiently } from "./unsent.js";

const PATIENCE_MS = 20000;
const SOON_MS = 30000;
const at = (id) => document.getElementById(id);
const desk = at("desk");
const holder = at("holder");
const stage = () => holder.querySelector("form");
const assignmentOf = (form) => form.dataset.assignment;
const formKey = stage().elements.form_key.value;
const answersAt = stage().action;
const allowed = new Set(desk.dataset.origins.split(" "));

let ahead = null; // a promise of the item after the one that is shown
let watch = null; // how long that one has been looked at
let isActive = true;
let asked = performance.now(); // when the server last heard that somebody is here

const unsent = new Unsent(desk.dataset.visit, send, tellUnsent);

// `tone`: stored, refused, or none
function say(words, tone = "") {
  at("said").textContent = words;
  at("said").className = `said-above ${tone}`;
}

function warn(words) {
  at("offline").textContent = words;
  at("offline").hidden = !words;
}

function tellUnsent(count) {
  const answers = count === 1 ? "Your answer is" : `${count} answers are`;
  warn(count ? `No connection. ${answers} kept on this device and sent as soon as it is back.` : "");
}

function showDone(done) {
  const batch = desk.dataset.batch;
  if (at("bar")) at("bar").value = done;
  at("count").textContent = batch ? `${done} of ${batch} done` : `${done} done`;
}

async function ask(address, fields) {
  const request = { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE_MS) };
  if (fields) {
    request.method = "POST";
    request.body = new URLSearchParams([...fields, ["form_key", formKey]]);
  }
  const response = await fetch(address, request);
  if (response.status === 429 || response.status >= 500) throw new Error("later");
  const told = await response.json();
  if (response.status === 401 || response.status === 403) {
    warn(`${told.detail} ${unsent.size ? "Your answers are kept on this device until then." : ""}`);
    throw new Final(told.detail);
  }
  return { ok: response.ok, told };
}

async function send(assignment, fields) {
  const { ok, told } = await ask(answersAt, [...fields, ["assignment", assignment]]);
  draft.forget(assignment);
  if (ok) showDone(told.done);
  if (!ok) say(REFUSALS[told.code] ?? told.detail, "refused");
  else if (told.is_new) say(`Answer ${told.done} is stored.`, "stored");
  else say("That item has an answer of yours already; the first one counts.", "stored");
  return true;
}

const REFUSALS = {
  assignment_expired: "The time for an item was over and it went to somebody else; that answer does not count.",
  assignment_closed: "An item was no longer yours; that answer does not count.",
};

// answers first: what is not stored yet is still held, and nothing more is handed out beside it
async function lookAhead() {
  const has = assignmentOf(stage());
  return patiently(async () => {
    await unsent.flush();
    const { ok, told } = await ask(`${desk.dataset.next}?has=${has}`);
    if (!ok) return null;
    showDone(told.done);
    // what this page's policy does not allow is not fetched: a page of its own will show it
    for (const picture of told.item?.pictures ?? []) new Image().src = picture;
    return told.item;
  }, () => { if (!unsent.size) warn("No connection. The next item comes as soon as it is back."); });
}

async function goOn() {
  const item = await (ahead ?? lookAhead());
  ahead = null;
  if (item === null || !item.origins.every((origin) => allowed.has(origin))) {
    await unsent.flush();
    location.replace(desk.dataset.page);
    return;
  }
  holder.innerHTML = item.html;
  begin();
  const number = stage().querySelector("input[type=number]");
  const card = number ?? stage().querySelector(".card");
  if (!number) card.tabIndex = -1;
  card.focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

function begin() {
  const written = draft.find(assignmentOf(stage()));
  draft.fill(stage(), written);
  const seen = Number(written.find(([name]) => name === "spent_ms")?.[1] ?? 0);
  watch = { since: document.hidden ? null : performance.now(), seen };
  if (!unsent.size) warn("");
  ahead = lookAhead();
  ahead.catch(() => {});
}

function seenMs() {
  const now = watch.since === null ? 0 : performance.now() - watch.since;
  return Math.round(watch.seen + now);
}

document.addEventListener("visibilitychange", () => {
  watch.seen = seenMs();
  watch.since = document.hidden ? null : performance.now();
  // who comes back after a while learns at once whether the item is still theirs
  if (!document.hidden && performance.now() - asked > SOON_MS) {
    isActive = true;
    stillHere();
  }
});

function fieldsOf(form) {
  const given = [...new FormData(form)].filter(([name]) => !["form_key", "assignment"].includes(name));
  return [...given, ["spent_ms", seenMs()]];
}

holder.addEventListener("input", () => draft.keep(assignmentOf(stage()), fieldsOf(stage())));

holder.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.inert) return;
  if (event.submitter?.hasAttribute("data-skip")) {
    giveBack(form, event.submitter.formAction);
    return;
  }
  unsent.add(assignmentOf(form), fieldsOf(form));
  leave(form);
  goOn().catch(() => {});
});

async function giveBack(form, address) {
  try {
    const { told } = await ask(address, [["assignment", assignmentOf(form)]]);
    draft.forget(assignmentOf(form));
    say(told.said ?? told.detail);
  } catch {
    warn("No connection. Skip again as soon as it is back.");
    return;
  }
  leave(form);
  goOn().catch(() => {});
}

// what is on its way to the server gets there before the visit is over
document.querySelector("form.leave")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  await unsent.flush().catch(() => {});
  event.target.submit();
});

function leave(form) {
  form.inert = true;
  form.classList.add("sending");
}

async function stillHere() {
  if (document.hidden || !isActive) return;
  isActive = [...document.querySelectorAll("audio, video")].some((medium) => !medium.paused);
  asked = performance.now();
  try {
    const { ok, told } = await ask(desk.dataset.stillHere, []);
    const current = assignmentOf(stage());
    if (ok && !told.held.includes(current) && !unsent.has(current) && !stage().inert) {
      say("The time for this item is over. Send it all the same: it counts if nobody else has it.", "refused");
    }
  } catch { /* the lease lasts for longer than one of these */ }
}

for (const sign of ["keydown", "pointerdown", "scroll"]) {
  addEventListener(sign, () => { isActive = true; }, { passive: true });
}
const every_s = Math.min(300, Math.max(15, desk.dataset.leaseSeconds / 3));
setInterval(stillHere, 1000 * every_s);

function toggleGuideline() {
  const guideline = at("guideline")?.querySelector("details");
  if (!guideline) return;
  guideline.open = !guideline.open;
  if (guideline.open) at("guideline").scrollIntoView({ block: "nearest" });
}

listenToFinding(holder);
listenToMedia(holder);
listenToKeys(stage, {
  c() {
    const comment = stage().querySelector("details.comment");
    if (!comment) return;
    comment.open = true;
    comment.querySelector("textarea").focus();
  },
  s() { stage().querySelector("[data-skip]").click(); },
  g: toggleGuideline,
  p() { playOrPause(holder); },
  r() { goBack(holder); },
  "/"() { at("find")?.focus(); },
  "?"() { at("help").showModal(); },
});
at("help-open").addEventListener("click", () => at("help").showModal());
at("single-keys").checked = singleKeys();
at("single-keys").addEventListener("change", (event) => setSingleKeys(event.target.checked));

document.documentElement.classList.add("has-script");
if (unsent.has(assignmentOf(stage()))) {
  // it was answered before the page was loaded again
  leave(stage());
  say("Sending your answer …");
  unsent.flush().then(() => location.replace(desk.dataset.page), () => {});
} else {
  begin();
  stage().querySelector("input[type=number]")?.focus({ preventScroll: true });
}
