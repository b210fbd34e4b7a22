// The small pictures of a desk: the large one as it was and at seven strengths, and the others with the same
// strengths. Each knows what it should show, and is drawn when there is time.

import { MOST } from "./mix.js";
import { Screen } from "../engine/draw.js";
import { part } from "../kit/elements.js";
import { StripPictures } from "../kit/decoded_pictures.js";

// Pictures with fewer pixels on the screen than this many times their own are smoothed.
const CRISP = 1.5;

class Still {
  // picture(), strengths(): what it should show now.
  constructor(canvas, shape, picture, strengths) {
    Object.assign(this, { canvas, picture, strengths, width: shape[1] });
    this.screen = new Screen(canvas, shape);
    canvas.style.aspectRatio = `${shape[1]} / ${shape[0]}`;
    delete canvas.dataset.drawn;
  }

  get wanted() {
    return markOf(this.picture(), this.strengths());
  }

  get isStale() {
    return this.canvas.dataset.drawn !== this.wanted;
  }

  draw(values, isBytes, mark) {
    this.screen.draw(values, isBytes);
    this.canvas.dataset.drawn = mark;
  }

  // From a canvas on which the same picture stands already.
  copy(canvas) {
    this.screen.context.drawImage(canvas, 0, 0);
    this.canvas.dataset.drawn = this.wanted;
  }

  fit() {
    this.canvas.toggleAttribute("data-shrunk", this.canvas.clientWidth * (devicePixelRatio || 1) < CRISP * this.width);
  }
}

// Draws what is stale, each in its turn, so that under a motion all of them follow.
export class DeskStills {
  // desk: {hero(), strengths(), playable(code), hasTime(): whether one may be decoded, finished(): none is
  // stale, go(strength) and choose(picture) when one is pressed}.
  constructor(parts, player, { decode, shape }, desk) {
    Object.assign(this, { parts, shape, desk, stills: [], gallery: [], others: [], turn: 0 });
    this.pictures = new StripPictures(player, decode);
  }

  // mix: codes and directions; labels and faders as of desk_data in Python.
  open(mix, { labels, faders }) {
    const { parts, shape, desk } = this;
    this.mix = mix;
    this.turn = 0;
    const none = mix.directions.map(() => 0);
    const isSingle = faders.length === 1;
    const places = isSingle ? placesOn(faders[0].name, desk.go) : [];
    makeRow(parts.strip, places);
    parts.strip.hidden = !isSingle;
    parts.board.toggleAttribute("data-single", isSingle);
    this.gallery = (labels.length > 1 ? labels : []).map((label, i) => stillButton(label, label, () => desk.choose(i)));
    makeRow(parts.gallery, this.gallery);
    parts.gallery.hidden = labels.length === 1;
    this.others = this.gallery.map(({ canvas }, i) => new Still(canvas, shape, () => i, desk.strengths));
    this.stills = [
      new Still(parts.before, shape, desk.hero, () => none),
      ...places.map(({ canvas, place }) => new Still(canvas, shape, desk.hero, () => [place])),
      ...this.others,
    ];
  }

  // What the pictures are called, and which of them is the large one.
  name(labels) {
    this.gallery.forEach(({ button, words }, i) => {
      button.setAttribute("aria-pressed", String(i === this.desk.hero()));
      button.setAttribute("aria-label", labels[i]);
      button.title = words.textContent = labels[i];
    });
  }

  // isBeyond(picture): whether its strengths lead it beyond the data.
  mark(isBeyond) {
    this.gallery.forEach(({ button }, i) => {
      if (button.toggleAttribute("data-beyond", isBeyond(i))) button.setAttribute("aria-description", "beyond the data");
      else button.removeAttribute("aria-description");
    });
  }

  // The large one among the others needs no decoding.
  copyHero(canvas) {
    this.others[this.desk.hero()]?.copy(canvas);
  }

  // After every change of what should be shown, and whenever more can be decoded than before.
  resume() {
    this.pictures.fill([this]);
    this.#check();
  }

  fit() {
    for (const still of this.stills) still.fit();
  }

  stop() {
    this.pictures.stop();
  }

  // As StripPictures asks for it: what to draw next, undefined if there is nothing.
  get next() {
    const { stills, turn, desk } = this;
    if (!desk.hasTime()) return undefined;
    const copied = this.others[desk.hero()];
    for (let i = 0; i < stills.length; i++) {
      const at = (turn + i) % stills.length;
      if (stills[at].isStale && stills[at] !== copied) return this.#job(stills[at], at);
    }
    return undefined;
  }

  #job(still, at) {
    const mark = still.wanted;
    return {
      code: this.desk.playable(this.mix.code(still.picture(), still.strengths())),
      draw: (values, isBytes) => {
        still.draw(values, isBytes, mark);
        this.turn = at + 1;
        this.#check();
      },
    };
  }

  #check() {
    if (this.stills.length && !this.stills.some(({ isStale }) => isStale)) this.desk.finished();
  }
}

// What a picture with these strengths is known by.
export function markOf(picture, strengths) {
  return `${picture}:${strengths.join()}`;
}

// Buttons at whole strengths of the only concept.
function placesOn(name, go) {
  return Array.from({ length: 2 * MOST + 1 }, (_, i) => i - MOST).map((place) => {
    const words = `${place < 0 ? "−" : place ? "+" : ""}${Math.abs(place)}`;
    return { place, ...stillButton(`${name} ${words}`, words, () => go(place)) };
  });
}

// A picture that can be pressed.
function stillButton(label, text, press) {
  const button = part("button", "cell");
  const canvas = part("canvas", "still");
  const words = part("span", "", text);
  canvas.setAttribute("aria-hidden", "true");
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.title = label;
  button.append(canvas, words);
  button.onclick = press;
  return { button, canvas, words };
}

// One of the buttons can be reached with Tab, the others from it with arrow keys.
function makeRow(root, cells) {
  const buttons = cells.map(({ button }) => button);
  root.replaceChildren(...buttons);
  buttons.forEach((button, i) => {
    button.tabIndex = i ? -1 : 0;
    button.onfocus = () => {
      for (const one of buttons) one.tabIndex = one === button ? 0 : -1;
    };
  });
  root.onkeydown = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const at = buttons.indexOf(event.target.closest("button"));
    const leads = { ArrowLeft: at - 1, ArrowUp: at - 1, ArrowRight: at + 1, ArrowDown: at + 1, Home: 0, End: buttons.length - 1 };
    if (!(event.key in leads)) return;
    event.preventDefault();
    buttons[leads[event.key]]?.focus();
  };
}
