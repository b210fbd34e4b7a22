// What is wrong with the text: a line under the characters, and below the message with an arrow to them.

const ARROW_INSET = 14;

export class FaultMark {
  constructor({ input, mirror, fault }) {
    this.input = input;
    this.mirror = mirror;
    this.box = fault;
    this.fault = null;
    input.addEventListener("scroll", () => this.place());
  }

  // fault is { start, end, message }, counted in text; null if there is none.
  show(fault, text) {
    const isNew = fault?.message !== this.fault?.message || fault?.start !== this.fault?.start;
    this.fault = fault;
    this.box.hidden = !fault;
    this.mirror.replaceChildren();
    this.input.setAttribute("aria-invalid", String(Boolean(fault)));
    if (!fault) {
      this.input.removeAttribute("aria-describedby");
      return;
    }
    this.input.setAttribute("aria-describedby", "fault");
    this.box.textContent = fault.message;
    this.wrong = document.createElement("span");
    this.wrong.className = "wrong";
    // Where something is missing there is no character to draw a line under.
    this.wrong.textContent = text.slice(fault.start, fault.end) || "\u00a0";
    this.mirror.append(text.slice(0, fault.start), this.wrong, text.slice(Math.max(fault.start, fault.end)));
    if (isNew) this.reveal();
    this.place();
  }

  // The beginning of a long text may be what is seen, and the fault behind its end.
  reveal() {
    const { offsetLeft: left, offsetWidth: width } = this.wrong;
    const { scrollLeft, clientWidth } = this.input;
    if (left < scrollLeft || left + width > scrollLeft + clientWidth) {
      this.input.scrollLeft = Math.max(0, left - clientWidth / 2);
    }
  }

  place() {
    this.mirror.scrollLeft = this.input.scrollLeft;
    if (!this.fault) return;
    const first = this.wrong.getClientRects()[0];
    const box = this.box.getBoundingClientRect();
    if (!first || !box.width) return;
    const width = first.width / Math.max(1, this.wrong.textContent.length);
    const at = first.left + width / 2 - box.left;
    this.box.style.setProperty("--at", `${Math.min(Math.max(at, ARROW_INSET), box.width - ARROW_INSET)}px`);
  }
}
