// The row of tools above a map: what dragging does, how near one is, what is shown, and files to save.

const MARGIN = 8;
const WIDTH = 208;

export class Tools {
  // on: {tool(name), zoom(factor), fit(), option(name, isOn), save(kind)}.
  constructor(root, on) {
    this.root = root;
    this.tool = "move";
    this.buttons = [...root.querySelectorAll("[data-tool]")];
    for (const button of this.buttons) button.onclick = () => this.choose(button.dataset.tool, on);
    for (const [name, factor] of [["closer", 1.7], ["farther", 1 / 1.7]]) {
      root.querySelector(`[data-part="${name}"]`).onclick = () => on.zoom(factor);
    }
    root.querySelector('[data-part="fit"]').onclick = () => on.fit();
    this.boxes = [...root.querySelectorAll("[data-option]")];
    for (const box of this.boxes) box.onchange = () => on.option(box.dataset.option, box.checked);
    for (const button of root.querySelectorAll("[data-save]")) {
      button.onclick = () => {
        button.closest("[popover]").hidePopover();
        on.save(button.dataset.save);
      };
    }
    this.#prepareMenus();
  }

  choose(tool, on) {
    this.tool = tool;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    on.tool(tool);
  }

  isOn(option) {
    return this.boxes.find((box) => box.dataset.option === option).checked;
  }

  // An option that this map does not have is not offered.
  offer(option, isThere) {
    const box = this.boxes.find((each) => each.dataset.option === option);
    box.closest("label").hidden = !isThere;
  }

  // Menus stand in the top layer, below their button, wherever the page is scrolled to.
  #prepareMenus() {
    for (const button of this.root.querySelectorAll("[data-menu]")) {
      const menu = this.root.querySelector(`[data-part="${button.dataset.menu}"]`);
      const place = () => placeBelow(menu, button);
      button.popoverTargetElement = menu;
      menu.onbeforetoggle = place;
      menu.ontoggle = ({ newState }) => {
        const isOpen = newState === "open";
        button.setAttribute("aria-expanded", String(isOpen));
        const listen = isOpen ? addEventListener : removeEventListener;
        listen("scroll", place, { capture: true, passive: true });
      };
    }
  }
}

function placeBelow(menu, button) {
  const { right, bottom } = button.getBoundingClientRect();
  const most = document.documentElement.clientWidth - WIDTH - MARGIN;
  menu.style.top = `${bottom + 6}px`;
  menu.style.left = `${Math.max(MARGIN, Math.min(right - WIDTH, most))}px`;
}
