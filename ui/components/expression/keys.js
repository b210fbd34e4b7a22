// Signs and words to click: a row of signs, and a tab of words for each kind that there is.

const SIGNS = [
  ["+", "+", "Plus"],
  ["−", "-", "Minus"],
  ["×", "*", "Times"],
  ["(", "(", "Open bracket"],
  [")", ")", "Close bracket"],
  ["⌫", "", "Take back the last word or sign"],
];
const KINDS = {
  class: ["Classes", "The mean of all pictures of a class."],
  picture: ["Pictures", "One picture. Type over its number to choose another."],
  concept: ["Concepts", "A direction to go in, one standard deviation far. Put a number and × before it to go farther."],
  group: ["Groups", "The mean of the pictures in a group."],
};
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

export class Keys {
  // onSign gets a sign in ASCII, "" to take back; onWord the word.
  constructor(parts, onSign, onWord) {
    this.parts = parts;
    this.onWord = onWord;
    const { signs, tabs, panel } = parts;
    // The line keeps the focus and the caret.
    for (const part of [signs, tabs, panel]) part.onmousedown = (event) => event.preventDefault();
    signs.replaceChildren(
      ...SIGNS.map(([shown, sign, name]) => {
        const key = button(shown, () => onSign(sign));
        key.setAttribute("aria-label", name);
        key.title = name;
        if (sign === "-") this.minus = key;
        return key;
      }),
    );
    tabs.onkeydown = (event) => this.followKey(event, [...tabs.children], true);
    parts.chips.onkeydown = (event) => this.followKey(event, [...parts.chips.children], false);
    this.markMinus(false);
  }

  // After a minus that stands before the caret the next word is subtracted.
  markMinus(on) {
    this.minus.setAttribute("aria-pressed", String(on));
  }

  update(words) {
    const content = JSON.stringify(words);
    if (content === this.content) return;
    this.content = content;
    this.words = words;
    this.kinds = Object.keys(KINDS).filter((kind) => words.some((word) => word.kind === kind));
    const { tabs, panel } = this.parts;
    tabs.replaceChildren(...this.kinds.map((kind) => this.tab(kind)));
    tabs.hidden = panel.hidden = !this.kinds.length;
    if (this.kinds.length) this.choose(this.kinds.includes(this.kind) ? this.kind : this.kinds[0]);
  }

  tab(kind) {
    const tab = button(KINDS[kind][0], () => this.choose(kind));
    tab.id = `tab-${kind}`;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", "panel");
    return tab;
  }

  choose(kind) {
    this.kind = kind;
    const { tabs, panel, about, chips } = this.parts;
    for (const tab of tabs.children) {
      tab.setAttribute("aria-selected", String(tab.id === `tab-${kind}`));
    }
    makeReachable([...tabs.children], this.kinds.indexOf(kind));
    panel.setAttribute("aria-labelledby", `tab-${kind}`);
    about.textContent = KINDS[kind][1];
    chips.replaceChildren(
      ...this.words
        .filter((word) => word.kind === kind)
        .map((word) => {
          const chip = button(word.text, () => this.onWord(word));
          chip.className = "chip";
          chip.dataset.kind = kind;
          chip.title = word.text;
          return chip;
        }),
    );
    makeReachable([...chips.children], 0);
    chips.scrollTop = 0;
  }

  // Arrow keys go from one to the next, round and round; a tab is chosen by that.
  followKey(event, all, isTabs) {
    const step = STEPS[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const place = (all.indexOf(event.target) + step + all.length) % all.length;
    if (isTabs) this.choose(this.kinds[place]);
    else makeReachable(all, place);
    all[place].focus();
  }
}

// Of many that stand together one can be reached with Tab, the others from it.
function makeReachable(all, place) {
  all.forEach((element, at) => (element.tabIndex = at === place ? 0 : -1));
}

export function button(text, onclick) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text;
  element.onclick = onclick;
  return element;
}
