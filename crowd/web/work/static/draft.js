// What is being written about an item and is not sent yet: kept in this window alone, for as long as
// the item is the one at hand. Another item's assignment is another, so nothing comes up elsewhere.

const NAME = "crowd:draft";

export function keep(assignment, fields) {
  try { sessionStorage.setItem(NAME, JSON.stringify({ assignment, fields })); } catch { /* not kept */ }
}

// gives the fields kept for an assignment; what is kept for any other is of no more use
export function find(assignment) {
  let kept = null;
  try { kept = JSON.parse(sessionStorage.getItem(NAME)); } catch { /* nothing can be kept here */ }
  if (kept?.assignment === assignment) return kept.fields;
  forget();
  return [];
}

// without `assignment`: whatever is kept
export function forget(assignment) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(NAME));
    if (!assignment || kept?.assignment === assignment) sessionStorage.removeItem(NAME);
  } catch { /* nothing can be kept here */ }
}

export function fill(form, fields) {
  for (const [name, value] of fields) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.matches("[type=radio], [type=checkbox]")) field.checked ||= field.value === value;
      else field.value = value;
      const folded = field.closest("details");
      if (folded && value) folded.open = true;
    }
  }
}
