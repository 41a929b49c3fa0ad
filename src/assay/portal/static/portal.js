// The pages work without this. It brings focus to what went wrong, and keeps what was typed when a page reloads itself.
"use strict";
const stops = (live) => [...live.querySelectorAll("a, button, summary, [tabindex]")];
let kept = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const live = event.detail.target;
  kept = {open: [...live.querySelectorAll("details")].map((each) => each.open), at: stops(live).indexOf(document.activeElement)};
});
document.addEventListener("htmx:afterSwap", () => {
  const live = document.getElementById("live");
  if (!live || !kept) return;
  const folded = [...live.querySelectorAll("details")];
  if (folded.length === kept.open.length) folded.forEach((each, number) => { each.open = kept.open[number]; });
  if (kept.at >= 0) stops(live)[kept.at]?.focus({preventScroll: true});
});
document.addEventListener("DOMContentLoaded", () => {
  const faults = document.getElementById("faults");
  if (faults) faults.focus();
  for (const select of document.querySelectorAll("form.switch select")) {
    select.addEventListener("change", () => select.form.requestSubmit());
    select.form.querySelector("button").hidden = true;
  }
});
