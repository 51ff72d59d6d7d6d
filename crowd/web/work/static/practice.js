import { listenToKeys } from "./keys.js";

document.documentElement.classList.add("has-script");
const next = document.getElementById("go-on");
document.getElementById("feedback")?.focus();
if (next) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.repeat && !event.target.matches("a, button")) next.click();
  });
} else {
  listenToKeys(() => document.querySelector("form.stage"));
}
