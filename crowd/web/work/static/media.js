// Pictures, sounds and films: what does not load is said and can be tried again; keys play them.

const NAMES = { IMG: "picture", AUDIO: "sound", VIDEO: "film" };
const BACK_S = 3;

export function listenToMedia(holder) {
  holder.addEventListener("error", ({ target }) => { if (target.tagName in NAMES) sayBroken(target); }, true);
  // what has failed before anybody listened
  for (const picture of holder.querySelectorAll(".item img")) {
    if (picture.complete) picture.decode().catch(() => sayBroken(picture));
  }
  for (const medium of playable(holder)) {
    if (medium.error) sayBroken(medium);
  }
}

function sayBroken(medium) {
  const place = medium.closest(".zoom") ?? medium;
  if (place.hidden || !place.isConnected) return;
  const note = document.createElement("p");
  const again = document.createElement("button");
  const canSkip = medium.closest("form")?.querySelector("[data-skip]");
  note.className = "broken";
  note.setAttribute("role", "alert");
  note.append(`This ${NAMES[medium.tagName]} does not load.${canSkip ? " If it stays so, skip the item." : ""} `, again);
  again.type = "button";
  again.textContent = "Try again";
  again.addEventListener("click", () => {
    note.remove();
    place.hidden = false;
    if (medium.load) medium.load();
    else medium.src = medium.src;
  });
  place.hidden = true;
  place.after(note);
}

const playable = (holder) => [...holder.querySelectorAll(".item audio, .item video")];
const atHand = (holder) => playable(holder).find((medium) => !medium.paused) ?? playable(holder)[0];

export function playOrPause(holder) {
  const medium = atHand(holder);
  if (medium?.paused) medium.play().catch(() => {});
  else medium?.pause();
}

export function goBack(holder) {
  const medium = atHand(holder);
  if (medium) medium.currentTime = Math.max(0, medium.currentTime - BACK_S);
}
