// What is known of the point under the mouse or the crosshair: its picture, what came back, its class.

import { previewPlace } from "../kit/preview.js";
import { formatNumber } from "../kit/numbers.js";
import { Player } from "../engine/player.js";

const LONGEST_SIDE = { one: 128, two: 112, small: 84 };
const NARROW = 560;
const GAP = 10;
const EDGE = 8;

export class Card {
  // parts: card, first, second (figures with a canvas and a caption), swatch, title, details, note.
  constructor(parts) {
    this.parts = parts;
    this.canvases = { first: parts.first.querySelector("canvas"), second: parts.second.querySelector("canvas") };
  }

  // shape: of a picture; originals: whether pictures are the data's own; decoder: what a Player needs, or null.
  open({ shape, originals, decoder }) {
    Object.assign(this, { shape, originals });
    if (JSON.stringify(decoder) !== this.source) {
      this.player?.stop();
      this.player = null;
      this.source = JSON.stringify(decoder);
    }
    this.decoder = decoder;
    const [height, width] = shape;
    for (const canvas of Object.values(this.canvases)) canvas.style.aspectRatio = `${width} / ${height}`;
  }

  get hasSecond() {
    return Boolean(this.decoder) || this.originals;
  }

  // about: {title, details, colour} of a point, or null over empty space; place: coordinates of the map
  // there; cell: the box in the window that this is about; dockedIn: the box of the map at whose edge
  // the card stands, or null where it stands beside the cell. The card is up when this returns, its
  // pictures may come later.
  show(about, place, cell, dockedIn) {
    const { card, first, second, swatch, title, details, note } = this.parts;
    if (!about && !this.decoder) {
      this.hide();
      return;
    }
    first.hidden = !about;
    second.hidden = !this.hasSecond;
    swatch.style.background = about?.colour ?? "transparent";
    swatch.hidden = !about?.colour;
    setText(title, about?.title ?? "No picture lies here");
    setText(details, about?.details ?? place.map(formatNumber).join(", "));
    setText(note, about && !this.originals ? "The original is not on this machine." : "");
    setText(first.lastElementChild, this.originals ? "original" : "reconstruction");
    setText(second.lastElementChild, about && !this.decoder ? "decoded" : "decoded here");
    const side = innerWidth < NARROW ? "small" : first.hidden || second.hidden ? "one" : "two";
    card.style.setProperty("--side", `${LONGEST_SIDE[side]}px`);
    if (this.decoder) this.#decode(place);
    if (!card.matches(":popover-open")) card.showPopover();
    this.#place(cell, dockedIn);
  }

  // parts of sheets (Pictures.get), null for those that are not here yet.
  showPictures(original, reconstruction) {
    this.#draw("first", original);
    if (!this.decoder) this.#draw("second", reconstruction);
  }

  get isOpen() {
    return this.parts.card.matches(":popover-open");
  }

  hide() {
    if (this.isOpen) this.parts.card.hidePopover();
  }

  stop() {
    this.hide();
    this.player?.stop();
  }

  #decode(place) {
    this.player ??= new Player(this.canvases.second, this.decoder, () => {});
    this.player.show(place);
  }

  #draw(name, part) {
    const canvas = this.canvases[name];
    canvas.toggleAttribute("data-waiting", !part);
    if (!part) return;
    const { bitmap, x, y, w, h } = part;
    if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
    canvas.getContext("2d").drawImage(bitmap, x, y, w, h, 0, 0, w, h);
  }

  #place(cell, dockedIn) {
    const { card } = this.parts;
    const size = [card.offsetWidth, card.offsetHeight], room = [innerWidth, innerHeight];
    // With room around it, the card is never under the hand.
    const { left, right, top, bottom } = cell;
    const clear = { left: left - GAP, right: right + GAP, top: top - GAP, bottom: bottom + GAP };
    const beside = previewPlace(clear, size, room);
    const docked = dockedIn && dockedPlace(dockedIn, bottom, size);
    const [x, y] = docked ?? beside;
    card.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }
}

// At the lower edge of a box, or at the upper one where it would cover what is shown.
function dockedPlace(box, covered, [width, height]) {
  const lower = Math.min(box.bottom, innerHeight) - height - EDGE;
  const upper = Math.max(box.top, 0) + EDGE;
  return [Math.max(EDGE, (box.left + box.right - width) / 2), covered > lower - GAP ? upper : lower];
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
