// The completions below the line: at most one of them is active, the one that Tab and Enter accept.

export class CompletionList {
  constructor(list, input, accept) {
    this.list = list;
    this.input = input;
    this.accept = accept;
    // The line keeps the focus.
    list.onmousedown = (event) => event.preventDefault();
    this.close();
  }

  get isOpen() {
    return this.options.length > 0;
  }

  show(options, active) {
    this.options = options;
    this.list.replaceChildren(...options.map((option, index) => this.item(option, index)));
    this.list.hidden = !options.length;
    this.input.setAttribute("aria-expanded", String(options.length > 0));
    this.activate(active);
  }

  item({ word }, index) {
    const item = document.createElement("div");
    item.id = `completion-${index}`;
    item.className = "option";
    item.setAttribute("role", "option");
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = name.title = word.text;
    const kind = document.createElement("span");
    kind.className = "kind";
    kind.dataset.kind = word.kind;
    kind.textContent = word.kind;
    item.append(name, kind);
    item.onclick = () => this.accept(this.options[index]);
    return item;
  }

  activate(index) {
    this.active = index;
    [...this.list.children].forEach((item, at) => {
      item.setAttribute("aria-selected", String(at === index));
      if (at === index) this.reveal(item);
    });
    if (index < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `completion-${index}`);
  }

  // The list scrolls and the page does not.
  reveal({ offsetTop, offsetHeight }) {
    const { scrollTop, clientHeight } = this.list;
    this.list.scrollTop = Math.min(offsetTop, Math.max(scrollTop, offsetTop + offsetHeight - clientHeight));
  }

  // Round and round, and past both ends none is active.
  move(step) {
    const places = this.options.length + 1;
    this.activate(((this.active + 1 + step + places) % places) - 1);
  }

  close() {
    this.show([], -1);
  }

  // Whether the key was for the list.
  follow(key) {
    if (!this.isOpen) return false;
    if (key === "ArrowDown") this.move(1);
    else if (key === "ArrowUp") this.move(-1);
    else if (key === "Escape") this.close();
    else if ((key === "Enter" || key === "Tab") && this.active >= 0) this.accept(this.options[this.active]);
    else return false;
    return true;
  }
}
