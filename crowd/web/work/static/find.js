// A long list of answers, made short by typing a part of one.

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const choicesOf = (form) => [...form.querySelectorAll(".choice")];

export function listenToFinding(holder) {
  holder.addEventListener("input", ({ target }) => { if (target.id === "find") narrow(target); });
  holder.addEventListener("keydown", (event) => {
    const find = event.target;
    if (find.id !== "find" || event.isComposing) return;
    const first = choicesOf(find.form).find((choice) => !choice.hidden);
    if (event.key === "ArrowDown" && first) take(first, find);
    else if (event.key === "Enter" && find.value && first) {
      take(first, find);
      find.value = "";
      narrow(find);
      first.scrollIntoView({ block: "nearest" });
    } else if (event.key !== "Enter" || !find.value) return;
    // neither sends the form nor leaves the field
    event.preventDefault();
    event.stopPropagation();
  });
}

// of one answer: the next Enter sends it; of a set: the next part can be typed
function take(choice, find) {
  const input = choice.querySelector("input");
  if (input.type === "checkbox" && find.value) input.click();
  else {
    if (input.type === "radio") input.click();
    input.focus();
  }
}

function narrow(find) {
  const wanted = plain(find.value.trim());
  const choices = choicesOf(find.form);
  for (const choice of choices) {
    choice.hidden = !plain(choice.querySelector(".name").textContent).includes(wanted);
    choice.classList.remove("first");
  }
  const first = choices.find((choice) => !choice.hidden);
  if (wanted) first?.classList.add("first");
  document.getElementById("found").textContent = first ? "" : "No answer has that in it.";
}
