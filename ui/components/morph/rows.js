// The films of a morph as rows, one of them chosen, like buttons of a radio.

import { Strip } from "./strip.js";

const CHOICES = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

export class MorphRows {
  // part: where the rows stand; root: where the focus is looked for; gestures(filmNow): what moves on a strip;
  // pick(film) when its name is chosen.
  constructor(part, root, { gestures, pick }) {
    Object.assign(this, { part, root, gestures, pick, strips: [] });
  }

  // data: as of morph_data in Python.
  lay(films, data) {
    const look = JSON.stringify([films.length, data.source.shape, data.pictures, data.classes, data.colours]);
    this.settle();
    if (look !== this.look) this.#make(films.length, data);
    this.look = look;
    films.forEach((film, i) => this.strips[i].show(film));
  }

  get isHeld() {
    return this.strips.some(({ held }) => held);
  }

  mark(chosen) {
    for (const strip of this.strips) strip.mark(strip.film === chosen);
  }

  showShare(share) {
    for (const strip of this.strips) strip.showShare(share);
  }

  // Whenever more is known of films than before.
  tell(films) {
    for (const strip of this.strips) if (films.includes(strip.film)) strip.tell();
  }

  fit(ink) {
    for (const strip of this.strips) strip.fit(ink);
  }

  // Motions by keys end without a word.
  settle() {
    for (const strip of this.strips) strip.settle(true);
  }

  // An arrow on a name chooses the next film that there is.
  key(event, chosen) {
    const step = event.target.getAttribute("role") === "radio" && CHOICES[event.key];
    if (!step) return;
    event.preventDefault();
    const strips = this.strips.filter(({ film }) => film === chosen || !film.isBroken);
    const at = strips.findIndex(({ film }) => film === chosen);
    const next = strips[(at + step + strips.length) % strips.length];
    next.name.focus();
    this.pick(next.film);
  }

  #make(count, { source, classes, colours, pictures }) {
    const focused = this.root.activeElement?.getAttribute?.("role") === "radio";
    this.strips = Array.from({ length: count }, (_, i) => new Strip({
      shape: source.shape,
      classes,
      colours,
      pictures,
      gestures: this.gestures(() => this.strips[i].film),
      choose: () => this.pick(this.strips[i].film),
    }));
    this.part.replaceChildren(...this.strips.map(({ row }) => row));
    if (focused) this.strips[0].name.focus({ preventScroll: true });
  }
}
