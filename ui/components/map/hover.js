// Looking at single points: which one is under the mouse or the crosshair, and what is said of it.

import { Card } from "./card.js";
import { capitalised, classNameOf, MISSING, shortNumber } from "./legend.js";
import { pointRadius } from "./drawing.js";

// Pixels around the pointer in which a point counts as under it, and in which pictures may be next.
const REACH = 14;
const AHEAD = { reach: 64, count: 48, after: 30 };
const SPEAK_AFTER = 250;
const MOST_VALUE = 254;

export class Hover {
  // view: the MapView, of which this reads camera, cloud, levels, values, colours, data and pictures.
  constructor(parts, view) {
    Object.assign(this, { parts, view, slot: -1, crosshair: null, pointer: null });
    this.card = new Card({ ...parts, note: parts.caution });
    // The card stands in the window, the map scrolls with the page.
    this.listening = new AbortController();
    const { signal } = this.listening;
    addEventListener("scroll", () => this.#scrolled(), { capture: true, passive: true, signal });
  }

  // The slot at a place in pixels: that of the picture there, or the nearest point; -1 if there is none.
  slotAt(left, top) {
    const { camera, cloud, levels, drawing } = this.view;
    const pictured = drawing.pictureAt(left, top);
    if (pictured >= 0) return pictured;
    return cloud.nearest(...camera.toMap(left, top), REACH / camera.scale, levels);
  }

  // The mouse is over a place; event: what said so.
  point(left, top, event) {
    this.pointer = [left, top];
    this.#show(left, top, event, null);
  }

  // A finger tapped: the card stands at the edge of the map.
  tapped(left, top, event) {
    this.pointer = null;
    this.#show(left, top, event, this.parts.plot.getBoundingClientRect());
  }

  // After the map has moved under a mouse that did not.
  again() {
    const place = this.crosshair ?? this.pointer;
    if (place) this.#show(...place, null, null);
  }

  // A hand takes the map: what was looked at is over.
  pressed() {
    this.pointer = null;
    this.dropCrosshair();
  }

  // After some points were taken away or brought back, or have other colours.
  refresh() {
    if (this.slot >= 0 && !this.view.levels[this.slot]) this.hide();
    this.again();
  }

  #scrolled() {
    this.pointer = null;
    if (this.crosshair) this.again();
    else this.hide();
  }

  hide() {
    this.card.hide();
    this.parts.ring.hidden = true;
    this.slot = -1;
  }

  leave() {
    this.pointer = null;
    if (!this.crosshair) this.hide();
  }

  // Moves the crosshair; what is beyond the rim as [across, down], for the map to follow.
  step(across, down) {
    const { width, height } = this.view.camera;
    const [left, top] = this.crosshair ?? [width / 2, height / 2];
    const wanted = [left + across, top + down];
    this.pointer = null;
    this.crosshair = [Math.min(width, Math.max(0, wanted[0])), Math.min(height, Math.max(0, wanted[1]))];
    this.placeCrosshair();
    this.#show(...this.crosshair, null, null);
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => this.#speak(), SPEAK_AFTER);
    return [wanted[0] - this.crosshair[0], wanted[1] - this.crosshair[1]];
  }

  placeCrosshair() {
    const { crosshair } = this.parts;
    crosshair.hidden = !this.crosshair;
    if (this.crosshair) crosshair.style.transform = `translate(${this.crosshair.join("px, ")}px)`;
  }

  dropCrosshair() {
    const had = Boolean(this.crosshair) || this.card.isOpen;
    this.crosshair = null;
    this.placeCrosshair();
    clearTimeout(this.speaking);
    this.hide();
    return had;
  }

  // Pictures have arrived, perhaps the one that the card waits for.
  receive() {
    if (this.slot < 0 || !this.card.isOpen || this.isLoaded) return;
    this.#showPictures();
    if (this.isLoaded) this.#announce();
  }

  #show(left, top, event, dockedIn) {
    const { view } = this;
    const began = performance.now();
    if (!view.cloud || view.isFlying) return;
    const slot = this.slotAt(left, top);
    const box = this.parts.plot.getBoundingClientRect();
    const isOther = slot !== this.slot;
    Object.assign(this, { slot, began, waited: event ? began - event.timeStamp : 0 });
    const about = slot < 0 ? null : this.about(slot);
    const { camera, drawing } = view;
    const isPictured = drawing.isPictured(slot);
    const [width, height] = isPictured ? drawing.pictureSize : [0, 0];
    const [x, y] = isPictured ? camera.toScreen(view.shownAt.x[slot], view.shownAt.y[slot]) : [left, top];
    const cell = {
      left: box.left + x - width / 2,
      right: box.left + x + width / 2,
      top: box.top + y - height / 2,
      bottom: box.top + y + height / 2,
    };
    this.card.show(about, camera.toMap(left, top), cell, dockedIn);
    this.parts.plot.toggleAttribute("data-over", slot >= 0);
    this.placeRing();
    if (slot < 0) {
      this.isLoaded = false;
      return;
    }
    this.#showPictures();
    if (!isOther) return;
    this.#announce();
    clearTimeout(this.ahead);
    this.ahead = setTimeout(() => this.#lookAhead(left, top), AHEAD.after);
  }

  // Around the point, or the picture in its place.
  placeRing() {
    const { ring } = this.parts;
    const { camera, cloud, shownAt, drawing } = this.view;
    ring.hidden = this.slot < 0;
    if (ring.hidden) return;
    const isPictured = drawing.isPictured(this.slot);
    const dot = 2 * pointRadius(cloud.count, camera);
    const [width, height] = (isPictured ? drawing.pictureSize : [dot, dot]).map((side) => side + 8);
    const [left, top] = camera.toScreen(shownAt.x[this.slot], shownAt.y[this.slot]);
    ring.toggleAttribute("data-square", isPictured);
    ring.style.width = `${width}px`;
    ring.style.height = `${height}px`;
    ring.style.transform = `translate(${left - width / 2}px, ${top - height / 2}px)`;
  }

  #showPictures() {
    const { pictures, cloud, data } = this.view;
    const row = cloud.rows[this.slot];
    const original = pictures.get(row, "picture");
    const needsSecond = data.originals && !data.decoder;
    const second = needsSecond ? pictures.get(row, "reconstruction") : null;
    this.card.showPictures(original, second);
    this.isLoaded = Boolean(original && (second || !needsSecond));
  }

  #lookAhead(left, top) {
    const { camera, cloud, levels, pictures } = this.view;
    const near = cloud.near(...camera.toMap(left, top), AHEAD.reach / camera.scale, levels, AHEAD.count);
    pictures.want(near.map((slot) => cloud.rows[slot]), "picture");
  }

  // milliseconds: from the first look at the place on; waited: how long the browser had kept the event.
  #announce() {
    const { cloud } = this.view;
    const milliseconds = performance.now() - this.began;
    const row = cloud.rows[this.slot];
    this.view.announce("hovered", { row, loaded: this.isLoaded, milliseconds, waited: this.waited });
  }

  #speak() {
    if (this.slot < 0) this.parts.spoken.textContent = "No point here";
    else {
      const { title, details } = this.about(this.slot);
      this.parts.spoken.textContent = `${title}, ${details.replace("\n", ", ")}`;
    }
  }

  // What the words of the card say of a point.
  about(slot) {
    const { cloud, data, values, colours } = this.view;
    const name = classNameOf(cloud.label[slot], data.classes);
    const split = cloud.isTraining(slot) ? "training" : "test";
    const picture = `${split} picture ${cloud.pictureNumber(slot).toLocaleString("en")}`;
    const figure = this.#valueOf(data.column, values[slot], name);
    return {
      title: name,
      details: figure ? `${picture}\n${capitalised(data.column.name)}: ${figure}` : picture,
      colour: colours.css[values[slot]],
    };
  }

  #valueOf({ categories, low, high }, value, name) {
    if (value === MISSING) return categories ? "" : "none";
    if (categories) return categories[value] === name ? "" : categories[value];
    const number = shortNumber(low + ((high - low) * value) / MOST_VALUE);
    // The ends of the scale hold all that is beyond them.
    return value === 0 ? `${number} or less` : value === MOST_VALUE ? `${number} or more` : number;
  }

  stop() {
    this.listening.abort();
    clearTimeout(this.speaking);
    clearTimeout(this.ahead);
    this.card.stop();
  }
}
