// One concept on the desk: its name, how strong it is, and a slider that shows where the data end.

import { MOST, isBeyond, shareOf, strengthLine } from "./mix.js";
import { followGestures } from "../kit/gestures.js";
import { part } from "../kit/elements.js";
import { signed } from "../kit/numbers.js";

export class DeskFader {
  // shown: {name, colour}; taken() before a motion, moved(strength) during it, released() once at its end.
  constructor({ name, colour }, { taken, moved, released }) {
    this.name = name;
    this.row = part("div", "fader");
    this.number = part("output", "number");
    this.number.setAttribute("aria-hidden", "true");
    this.track = part("div", "track");
    this.low = part("span", "beyond low");
    this.high = part("span", "beyond high");
    this.fill = part("span", "fill");
    this.thumb = part("span", "thumb");
    this.track.append(this.low, this.high, this.fill, part("span", "notch"), this.thumb);
    const title = part("span", "name", name);
    title.title = name;
    title.setAttribute("aria-hidden", "true");
    this.row.append(title, this.number, this.track);
    if (colour) this.row.style.setProperty("--colour", colour);
    this.track.tabIndex = 0;
    for (const [key, value] of Object.entries({
      role: "slider",
      "aria-label": name,
      "aria-valuemin": -MOST,
      "aria-valuemax": MOST,
    })) this.track.setAttribute(key, value);
    this.settle = followGestures(this.track, {
      place: strengthLine,
      current: () => [this.strength],
      take: taken,
      move: ([strength]) => moved(strength),
      release: released,
      // A touch became a scroll: the strength is what it was.
      cancel: ([strength]) => moved(strength),
    });
  }

  get held() {
    return "held" in this.track.dataset;
  }

  get isBeyond() {
    return this.inside !== null && isBeyond(this.inside, this.strength);
  }

  // inside: the strengths between which the picture is where the data are; null if nothing is known of it.
  mark(inside) {
    this.inside = inside;
    const [low, high] = (inside ?? [-MOST, MOST]).map((end) => Math.min(1, Math.max(0, shareOf(end))));
    // To the rounded ends of the track, which lie a little farther out.
    for (const [end, share] of [[this.low, low], [this.high, 1 - high]]) {
      end.hidden = share === 0;
      end.style.width = `calc(${100 * share}% + 4px)`;
    }
    if (this.strength !== undefined) this.#say();
  }

  show(strength) {
    if (strength === this.strength) return;
    this.strength = strength;
    const share = shareOf(strength);
    this.thumb.style.transform = `translateX(${(100 * share).toFixed(3)}cqw)`;
    this.fill.style.transform = `translateX(50cqw) scaleX(${(2 * share - 1).toFixed(4)})`;
    this.#say();
  }

  #say() {
    const { row, track, number, strength } = this;
    const text = signed(strength);
    if (number.textContent !== text) number.textContent = text;
    row.toggleAttribute("data-beyond", this.isBeyond);
    track.setAttribute("aria-valuenow", String(strength));
    track.setAttribute("aria-valuetext", this.isBeyond ? `${text}, beyond the data` : text);
  }
}
