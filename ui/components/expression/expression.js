// A line to type an expression in, with completion; words and signs can be clicked together instead.

import { FaultMark } from "./fault.js";
import { button, Keys } from "./keys.js";
import { CompletionList } from "./list.js";
import { completionsAt, edited, isWhole, signBefore, withOperand, withoutLast, withSign } from "./text.js";

const REST = 400;
const SENT_KEPT = 20;

const lines = new WeakMap();

// Called at every change of data or theme; one Line lives as long as its element.
export function mount({ data, parentElement, setStateValue }) {
  let line = lines.get(parentElement);
  if (!line) lines.set(parentElement, (line = new Line(parentElement)));
  line.report = (sent) => setStateValue("sent", sent);
  line.update(data.expression);
  return () => {
    line.stop();
    lines.delete(parentElement);
  };
}

class Line {
  constructor(root) {
    const parts = [...root.querySelectorAll("[data-part]")];
    this.parts = Object.fromEntries(parts.map((part) => [part.dataset.part, part]));
    this.root = root;
    this.sent = new Map();
    const { input, list, send } = this.parts;
    this.mark = new FaultMark(this.parts);
    this.keys = new Keys(this.parts, (sign) => this.clickSign(sign), (word) => this.clickWord(word));
    this.completions = new CompletionList(list, input, (option) => this.complete(option));
    input.oninput = (event) => this.typed(event);
    input.onkeydown = (event) => this.followKey(event);
    input.onkeyup = input.onclick = () => this.showMinus();
    input.onblur = () => this.completions.close();
    send.onclick = () => this.send();
    this.observer = new ResizeObserver(() => this.mark.place());
    this.observer.observe(input);
  }

  get value() {
    return this.parts.input.value;
  }

  // The end of a selection, so that no click takes away what is selected.
  get caret() {
    return this.parts.input.selectionEnd ?? this.value.length;
  }

  update(data) {
    const { input } = this.parts;
    const before = this.data;
    this.data = { ...data, words: data.words.map(([text, insert, kind]) => ({ text, insert, kind })) };
    // What was typed before this module arrived is the visitor's, as is what is typed later.
    const isTyped = !before && this.value !== "";
    if (data.text !== before?.text && !isTyped) {
      // An answer to what was sent from here leaves alone what has been typed since.
      const asked = data.heard === before?.heard ? undefined : this.sent.get(data.heard);
      if (asked === undefined || asked === this.value) this.take(data.text);
    }
    input.placeholder = data.examples[0] ?? "";
    this.keys.update(this.data.words);
    this.showExamples();
    this.showFault();
    this.showMinus();
  }

  take(text) {
    const { input } = this.parts;
    clearTimeout(this.resting);
    if (text === this.value) return;
    input.value = text;
    input.setSelectionRange(text.length, text.length);
    this.completions.close();
  }

  // Typing

  typed(event) {
    clearTimeout(this.resting);
    this.showFault();
    this.showMinus();
    if (this.isEditing || event.isComposing) return;
    this.offer();
  }

  offer() {
    const { options, sure } = completionsAt(this.value, this.caret, this.data.words);
    this.completions.show(options, sure && options.length ? 0 : -1);
  }

  followKey(event) {
    // Keys of the page, such as those that run it again, are letters here.
    event.stopPropagation();
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const isForList = !(event.key === "Tab" && event.shiftKey) && this.completions.follow(event.key);
    if (!isForList && event.key === "Enter") this.send();
    else if (!isForList && event.key === "ArrowDown") this.offer();
    else if (!isForList) return;
    event.preventDefault();
  }

  complete({ edit }) {
    this.completions.close();
    this.edit({ edit, caret: edit[0] + edit[2].length });
  }

  // Clicking

  clickWord({ insert }) {
    const isUnfinished = insert.endsWith(":");
    const change = withOperand(this.value, this.caret, isUnfinished ? `${insert}0` : insert);
    this.edit(change);
    if (isUnfinished) {
      const { input } = this.parts;
      input.setSelectionRange(change.caret - 1, change.caret);
      // On a phone the focus brings a keyboard over what is being clicked.
      if (matchMedia("(pointer: fine)").matches) input.focus();
    }
    this.sendSoon();
  }

  clickSign(sign) {
    const change = sign === "(" ? withOperand : sign ? withSign : withoutLast;
    this.edit(change(this.value, this.caret, sign));
    this.sendSoon();
  }

  chooseExample(text) {
    if (matchMedia("(pointer: fine)").matches) this.parts.input.focus();
    this.edit({ edit: [0, this.value.length, text], caret: text.length });
    this.send();
  }

  // Where the line has the focus, the browser can undo it.
  edit({ edit: [start, end, text], caret }) {
    const { input } = this.parts;
    const wanted = edited(this.value, [start, end, text]);
    this.isEditing = true;
    if (this.root.activeElement === input) {
      input.setSelectionRange(start, end);
      document.execCommand(text ? "insertText" : "delete", false, text);
    }
    if (this.value !== wanted) input.value = wanted;
    this.isEditing = false;
    input.setSelectionRange(caret, caret);
    // Only typing scrolls the caret into sight by itself.
    if (caret === wanted.length) input.scrollLeft = input.scrollWidth;
    this.completions.close();
    this.showFault();
    this.showMinus();
  }

  // Sending

  sendSoon() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      if (isWhole(this.value) && this.value !== this.data.text) this.send();
    }, REST);
  }

  send() {
    clearTimeout(this.resting);
    this.completions.close();
    if (this.showFault()) return;
    const mark = crypto.randomUUID?.() ?? String(Math.random());
    this.sent.set(mark, this.value);
    if (this.sent.size > SENT_KEPT) this.sent.delete(this.sent.keys().next().value);
    this.report({ text: this.value, mark });
  }

  // What one sees

  // Python's fault while its text stands here, or that the text is too long; returns whether it is that.
  showFault() {
    const { text, fault, longest } = this.data;
    const characters = [...this.value];
    const isLong = characters.length > longest;
    const start = isLong ? characters.slice(0, longest).join("").length : 0;
    const message = `${characters.length} characters: expected at most ${longest}. Shorten it from here on.`;
    const tooLong = { start, end: this.value.length, message };
    this.mark.show(isLong ? tooLong : this.value === text ? fault : null, this.value);
    return isLong;
  }

  showMinus() {
    this.keys.markMinus(signBefore(this.value, this.caret) === "-");
  }

  showExamples() {
    const content = JSON.stringify(this.data.examples);
    if (content === this.shownExamples) return;
    this.shownExamples = content;
    const { examples, links } = this.parts;
    examples.hidden = !this.data.examples.length;
    links.replaceChildren(
      ...this.data.examples.map((example) => {
        const link = button(example, () => this.chooseExample(example));
        link.className = "example";
        return link;
      }),
    );
  }

  stop() {
    clearTimeout(this.resting);
    this.observer.disconnect();
  }
}
