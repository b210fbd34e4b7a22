// What the ribbons mean: two samples of the distance to the data, and the classes that occur. Under it in
// a sentence or two how the films differ.

import { MARKS, colourOf, heightOf } from "./ribbon.js";

const MOST_CLASSES = 12;
const HEIGHT = 0.9;

export class MorphLegend {
  constructor({ legend, difference }) {
    Object.assign(this, { legend, difference });
  }

  // Of another model.
  forget() {
    this.legend.hidden = true;
  }

  // Films that are yet to come; what stands there of others stays until then, or it would flicker.
  open(films, data) {
    Object.assign(this, { films, data });
    if (this.legend.hidden) this.#list([]);
    this.legend.hidden = false;
    this.difference.hidden = films.length < 2;
    delete this.difference.dataset.here;
  }

  // All has come that can; words: how the films differ, "" where there is nothing to compare.
  finish(words) {
    this.#list(this.films);
    this.difference.textContent = words;
    this.difference.toggleAttribute("data-here", words !== "");
  }

  #list(films) {
    this.legend.replaceChildren(...legendItems(films, this.data.classes, this.data.colours));
  }
}

function legendItems(films, classes, colours) {
  const samples = [
    [MARKS.usual, "as near the data as test pictures are"],
    [MARKS.far, `${MARKS.far} × as far, or more`],
  ].map(([nearness, words]) => {
    const item = legendItem(words, colourOf(nearness));
    item.style.setProperty("--tall", `${(HEIGHT * heightOf(nearness)).toFixed(2)}rem`);
    item.classList.add("nearness");
    return item;
  });
  const occurring = classesOf(films);
  if (!occurring.length) return samples;
  const shown = occurring.slice(0, MOST_CLASSES);
  const rest = occurring.length - shown.length;
  return [
    ...samples,
    legendItem("line below: a classifier's answer, faint where unsure"),
    ...shown.map((answer) => legendItem(classes[answer], colours[answer])),
    ...(rest ? [legendItem(`and ${rest} more`)] : []),
  ];
}

// The answers that occur, the most frequent first.
function classesOf(films) {
  const counts = new Map();
  for (const { answers } of films) {
    for (const answer of answers ?? []) if (answer >= 0) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  return [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
}

function legendItem(words, colour = null) {
  const item = document.createElement("li");
  const text = document.createElement("span");
  text.textContent = text.title = words;
  if (colour) item.style.setProperty("--colour", colour);
  item.append(text);
  return item;
}
