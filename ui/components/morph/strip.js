// One film as a row: what it is called, its pictures side by side, the ribbon, and what there is to say of
// it. One can look at any place of it, and choose it.

import { Screen } from "../engine/draw.js";
import { part } from "../kit/elements.js";
import { stripFrames } from "./film.js";
import { followGestures } from "../kit/gestures.js";
import { drawRibbon } from "./ribbon.js";

// Below this width of the row fewer pictures have room.
const NARROW = { width: 520, pictures: 6 };
// Pictures with fewer pixels on the screen than this many times their own are smoothed.
const CRISP = 1.5;

export class Strip {
  // shape of a picture; classes and colours of a classifier's answers; most pictures; gestures: what
  // gestures.js asks for, on this film; choose() when its name is chosen.
  constructor({ shape, classes, colours, pictures, gestures, choose }) {
    Object.assign(this, { shape, classes, colours, most: pictures });
    this.row = part("div", "row");
    this.name = part("button", "name");
    this.name.type = "button";
    this.name.setAttribute("role", "radio");
    this.name.onclick = choose;
    this.strip = part("div", "strip");
    this.track = part("div", "reel");
    this.track.tabIndex = -1;
    this.track.setAttribute("role", "img");
    this.ribbon = part("canvas", "ribbon");
    this.head = part("div", "head");
    this.track.append(this.strip, this.ribbon, this.head);
    this.facts = part("p", "facts");
    this.row.append(this.name, this.facts, this.track);
    this.settle = followGestures(this.track, gestures);
    this.track.onmousemove = (event) => this.#tellAt(event);
    this.track.onmouseleave = () => this.#tellFacts();
    this.cells = [];
  }

  // Another film, or what has become of the same one.
  show(film) {
    if (film !== this.film) {
      this.row.dataset.kind = film.kind;
      if (this.name.textContent !== film.title) this.name.textContent = film.title;
      // The canvases stay: to make others anew takes longer than all the rest.
      if (film.addresses.codes !== this.film?.addresses.codes) this.cells.forEach(blank);
    }
    this.film = film;
    this.tell();
  }

  // Whenever more is known of the film than before.
  tell() {
    this.name.disabled = this.film.isBroken;
    this.row.toggleAttribute("data-broken", this.film.isBroken);
    this.#tellFacts();
    this.#describe();
  }

  get held() {
    return "held" in this.track.dataset;
  }

  mark(isChosen) {
    this.row.toggleAttribute("data-chosen", isChosen);
    this.name.setAttribute("aria-checked", String(isChosen));
    this.name.tabIndex = isChosen ? 0 : -1;
  }

  showShare(share) {
    this.head.style.transform = `translateX(${(100 * share).toFixed(3)}cqw)`;
  }

  // Anew for the room that there is; the pictures themselves come one by one.
  fit(ink) {
    const width = this.track.clientWidth;
    if (!width) return;
    const most = width < NARROW.width ? Math.min(NARROW.pictures, this.most) : this.most;
    const frames = stripFrames(this.film.frames, most);
    if (frames.join() !== this.cells.map(({ frame }) => frame).join()) this.#lay(frames);
    const cell = this.cells[0].canvas.clientWidth * (devicePixelRatio || 1);
    this.strip.toggleAttribute("data-shrunk", cell < CRISP * this.shape[1]);
    drawRibbon(this.ribbon, this.film, this.colours, ink);
  }

  // The next picture that is not there yet, as {code, draw(values, isBytes)}; undefined if all are.
  get next() {
    const cell = this.film.isHere && this.cells.find(({ isDrawn }) => !isDrawn);
    if (!cell) return undefined;
    const { film } = this;
    return {
      code: film.codeAt(cell.frame),
      draw: (values, isBytes) => {
        // The server may answer when another film is here.
        if (film !== this.film) return;
        new Screen(cell.canvas, this.shape).draw(values, isBytes);
        cell.isDrawn = true;
        cell.canvas.dataset.drawn = "";
      },
    };
  }

  #lay(frames) {
    const known = new Map(this.cells.map((cell) => [cell.frame, cell]));
    this.cells = frames.map((frame) => known.get(frame) ?? { frame, canvas: this.#canvas(frame), isDrawn: false });
    this.strip.replaceChildren(...this.cells.map(({ canvas }) => canvas));
  }

  #canvas(frame) {
    const canvas = part("canvas", "picture");
    const [height, width] = this.shape;
    Object.assign(canvas, { width, height });
    canvas.style.aspectRatio = `${width} / ${height}`;
    canvas.dataset.frame = frame;
    return canvas;
  }

  #tellAt(event) {
    if (!this.film.isMeasured) return;
    const box = this.track.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const frame = Math.round(share * this.film.last);
    this.facts.replaceChildren(part("span", "", `Frame ${frame + 1}: ${lower(this.film.tell(frame, this.classes))}`));
  }

  #tellFacts() {
    const { facts, problem } = this.film;
    const told = problem ? [[`${problem.words}.`, ""]] : facts;
    this.facts.toggleAttribute("data-here", told.length > 0);
    this.facts.toggleAttribute("data-problem", problem !== null);
    this.facts.replaceChildren(...told.map(([text, meaning]) => {
      const fact = part("span", "", text);
      fact.title = meaning;
      return fact;
    }));
  }

  #describe() {
    const { title, nearness, facts, problem } = this.film;
    const words = problem ? `: ${problem.words}` : nearness ? `: ${facts.map(([text]) => text).join(", ")}` : "";
    const farthest = nearness ? `. Farthest from the data at frame ${nearness.indexOf(Math.max(...nearness)) + 1}` : "";
    this.track.setAttribute("aria-label", title + words + farthest);
  }
}

const lower = (text) => text[0].toLowerCase() + text.slice(1);

function blank(cell) {
  cell.isDrawn = false;
  delete cell.canvas.dataset.drawn;
}
