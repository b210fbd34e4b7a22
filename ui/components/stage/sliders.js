// A slider for every dimension of the code, the most informative first; unused ones are folded away.

import { followGestures } from "../kit/gestures.js";
import { Line } from "./line.js";
import { edgeNumber, formatNumber } from "../kit/numbers.js";

const SHOWN_AT_ONCE = { wide: 64, narrow: 8 };

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

class Slider {
  // space: what Python says of the dimensions; axis counts from 0; taken(), moved(axis, value)
  // and released() tell the stage.
  constructor(space, axis, { taken, moved, released }) {
    this.axis = axis;
    this.name = `z${axis + 1}`;
    this.line = new Line(space.low[axis], space.high[axis], space.start[axis]);
    this.row = element("div", "row");
    this.track = element("div", "track");
    this.thumb = element("div", "thumb");
    this.number = element("output", "number");
    this.track.append(this.thumb);
    this.row.append(element("span", "name", this.name), this.#activity(space), this.track, this.number);
    this.track.style.setProperty("--middle", this.line.toShare(this.line.middle));
    this.track.tabIndex = 0;
    for (const [key, value] of Object.entries({
      role: "slider",
      "aria-label": this.name,
      "aria-valuemin": this.line.low,
      "aria-valuemax": this.line.high,
    })) this.track.setAttribute(key, value);
    this.settle = followGestures(this.track, {
      place: this.line,
      current: () => [this.value],
      take: taken,
      move: ([value]) => moved(axis, value),
      release: released,
      cancel: ([value]) => {
        moved(axis, value);
        released();
      },
    });
  }

  #activity(space) {
    const kl = space.kl?.[this.axis];
    const spread = `± ${Math.sqrt(space.variance[this.axis]).toFixed(2)}`;
    const lines = kl === undefined ? [spread] : [`${kl.toFixed(2)} nats`, spread];
    const figure = element("span", "activity");
    figure.append(...lines.map((text) => element("span", "", text)));
    this.track.setAttribute("aria-description", lines.join(", "));
    figure.title = `${this.name}: ${kl === undefined ? "" : `KL ${kl.toFixed(3)} nats; `}`
      + `the codes of test pictures vary here by ${edgeNumber(space.variance[this.axis])} (variance), `
      + `from ${edgeNumber(this.line.low)} to ${edgeNumber(this.line.high)}`;
    figure.style.setProperty("--share", space.share[this.axis]);
    return figure;
  }

  show(value) {
    if (value === this.value) return;
    this.value = value;
    this.number.textContent = formatNumber(value);
    this.thumb.style.transform = `translateX(${100 * this.line.toShare(value)}cqw)`;
    this.track.setAttribute("aria-valuenow", value.toFixed(2));
    this.track.setAttribute("aria-valuetext", formatNumber(value));
  }
}

export class Sliders {
  constructor(root, events) {
    Object.assign(this, { root, events, sliders: [] });
  }

  open(space) {
    this.root.replaceChildren();
    this.sliders = [];
    this.z = null;
    const active = space.order.filter((axis) => space.active[axis]);
    const unused = space.order.filter((axis) => !space.active[axis]);
    // On a narrow screen sliders stand below each other, not in a column that scrolls of its own.
    const most = SHOWN_AT_ONCE[matchMedia("(max-width: 640px)").matches ? "narrow" : "wide"];
    this.root.append(...this.#rows(space, active.slice(0, most)));
    const rest = active.slice(most);
    if (rest.length) this.#fold(space, rest, `${rest.length} more dimensions, less active than these`);
    if (unused.length) {
      const plural = unused.length > 1;
      this.#fold(space, unused, `${unused.length} unused ${plural ? "dimensions" : "dimension"}: the codes of all `
        + `pictures agree in ${plural ? "them" : "it"}, so the decoder learnt to ignore ${plural ? "them" : "it"}`);
    }
  }

  #rows(space, axes) {
    const made = axes.map((axis) => new Slider(space, axis, this.events));
    this.sliders.push(...made);
    return made.map((slider) => slider.row);
  }

  // Rows of a fold are made when it is first opened.
  #fold(space, axes, reason) {
    const fold = element("details", "fold");
    fold.append(element("summary", "", reason));
    fold.ontoggle = () => {
      fold.ontoggle = null;
      fold.append(...this.#rows(space, axes));
      if (this.z) this.show(this.z);
    };
    this.root.append(fold);
  }

  get held() {
    return this.sliders.some((slider) => "held" in slider.track.dataset);
  }

  show(z) {
    this.z = z;
    for (const slider of this.sliders) slider.show(z[slider.axis]);
  }

  settle(quietly) {
    for (const slider of this.sliders) slider.settle(quietly);
  }
}
