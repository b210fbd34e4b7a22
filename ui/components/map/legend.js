// What the colours of a map mean. Each category is a button that takes its points away and brings them
// back; a double click, or the button "only" beside it, leaves it alone.

const MOST = 30;
export const MISSING = 255;

// Colours of the 256 values: those of the categories and again from the first, or a ramp that is mixed
// between its stops; 255 is a value that is missing.
export function coloursOf({ categories, colours }, neutral) {
  const css = Array.from({ length: 256 }, (_, value) => {
    if (value === MISSING) return neutral;
    return categories ? colours[value % colours.length] : mixed(colours, value / (MISSING - 1));
  });
  return { css, neutral };
}

function mixed(stops, share) {
  const at = share * (stops.length - 1), below = Math.min(stops.length - 2, Math.floor(at));
  const channels = [1, 3, 5].map((i) => {
    const [from, to] = [stops[below], stops[below + 1]].map((stop) => parseInt(stop.slice(i, i + 2), 16));
    return Math.round(from + (at - below) * (to - from)).toString(16).padStart(2, "0");
  });
  return `#${channels.join("")}`;
}

// A number of a column as it is read: three digits, where they say enough.
export function shortNumber(value) {
  return String(+value.toPrecision(3)).replace("-", "−");
}

// A name as the first word of a line.
export function capitalised(name) {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

// What a class is called: its number where it has no name.
export function classNameOf(label, names) {
  return label < 0 ? "no class" : (names[label] ?? String(label));
}

export class Legend {
  // changed(hidden): a Set of values, 255 for points without a category.
  constructor(parts, changed) {
    Object.assign(this, { parts, changed });
    this.hidden = new Set();
    parts.all.onclick = () => this.#show(() => true);
    parts.more.onclick = () => this.#unfold(!this.isUnfolded);
  }

  // column: {name, note, categories, low, high}; css: colours of the values; counts: points of each value.
  open(column, css, counts) {
    const identity = JSON.stringify([column.name, column.categories]);
    if (identity !== this.identity) {
      this.hidden = new Set();
      this.isUnfolded = false;
    }
    this.identity = identity;
    const { heading, note, items, ramp } = this.parts;
    heading.textContent = capitalised(column.name);
    note.textContent = capitalised(column.note);
    ramp.hidden = Boolean(column.categories);
    items.hidden = !column.categories;
    this.items = new Map();
    if (!column.categories) this.#openRamp(column, css, counts);
    else this.#openItems(column, css, counts);
    this.#mark();
  }

  #openRamp({ low, high }, css, counts) {
    const { bar, low: lowEnd, high: highEnd, missing } = this.parts;
    const stops = Array.from({ length: 9 }, (_, i) => css[Math.round((i / 8) * (MISSING - 1))]);
    bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    lowEnd.textContent = shortNumber(low);
    highEnd.textContent = shortNumber(high);
    const without = counts[MISSING];
    missing.textContent = without ? `${without.toLocaleString("en")} without a value, in grey` : "";
    this.parts.more.hidden = true;
    this.parts.items.replaceChildren();
  }

  #openItems({ categories }, css, counts) {
    const entries = categories.map((name, value) => [name, value]);
    if (counts[MISSING]) entries.push(["none", MISSING]);
    for (const [name, value] of entries) this.items.set(value, this.#item(name, value, css[value], counts[value]));
    this.parts.items.replaceChildren(...[...this.items.values()].map(({ line }) => line));
    this.#unfold(this.isUnfolded);
  }

  #item(name, value, colour, count) {
    const line = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "item";
    button.style.setProperty("--colour", colour);
    button.setAttribute("aria-label", `${name}: ${count.toLocaleString("en")} points`);
    button.append(span(name, "name"), span(count.toLocaleString("en"), "figure"));
    button.onclick = (event) => {
      if (event.altKey) this.#only(value);
      else this.#show((other) => (other === value ? this.hidden.has(value) : !this.hidden.has(other)));
    };
    button.ondblclick = () => this.#only(value);
    const only = document.createElement("button");
    only.type = "button";
    only.className = "only";
    only.textContent = "only";
    only.setAttribute("aria-label", `Only ${name}`);
    only.onclick = () => this.#only(value);
    line.append(button, only);
    return { line, button };
  }

  // Alone, or all again where it is alone already.
  #only(value) {
    const isAlone = !this.hidden.has(value) && this.hidden.size === this.items.size - 1;
    this.#show((other) => isAlone || other === value);
  }

  #show(isShown) {
    this.hidden = new Set([...this.items.keys()].filter((value) => !isShown(value)));
    this.#mark();
    this.changed(this.hidden);
  }

  #mark() {
    for (const [value, { button }] of this.items) {
      button.setAttribute("aria-pressed", String(!this.hidden.has(value)));
    }
    this.parts.all.hidden = this.hidden.size === 0;
  }

  #unfold(isUnfolded) {
    this.isUnfolded = isUnfolded;
    const { more, items } = this.parts;
    const folded = this.items.size - MOST;
    more.hidden = folded <= 0;
    more.textContent = isUnfolded ? "Show fewer" : `Show ${folded} more`;
    more.setAttribute("aria-expanded", String(isUnfolded));
    [...items.children].forEach((line, i) => (line.hidden = !isUnfolded && i >= MOST));
  }
}

function span(text, name) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  return element;
}
