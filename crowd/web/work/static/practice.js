import { listenToFinding } from "./find.js";
import { listenToKeys } from "./keys.js";
import { goBack, listenToMedia, playOrPause } from "./media.js";

document.documentElement.classList.add("has-script");
const page = document.getElementById("main");
const next = document.getElementById("go-on");
listenToMedia(page);
document.getElementById("feedback")?.focus();
if (next) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.repeat && !event.target.matches("a, button")) next.click();
  });
} else {
  listenToFinding(page);
  listenToKeys(() => document.querySelector("form.stage"), {
    p() { playOrPause(page); },
    r() { goBack(page); },
    "/"() { document.getElementById("find")?.focus(); },
  });
}
