// A run, epoch by epoch: one slider, and beside each other what the decoder drew, where the codes lay and
// what came back. Pictures are those of the nearest epoch; points move between two.

import { Frames } from "./frames.js";
import { followGestures } from "../kit/gestures.js";
import { glide } from "../kit/glide.js";
import { Views } from "./views.js";

const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
// The whole run plays in about this many seconds, at no fewer and no more epochs a second than these.
const PLAYING = { seconds: 20, least: 2, most: 20 };
const KEY_STEPS = 60;

const timelines = new WeakMap();

// Called at every change of data or theme; one Timeline lives as long as its element.
export function mount({ data, parentElement }) {
  let timeline = timelines.get(parentElement);
  if (!timeline) timelines.set(parentElement, (timeline = new Timeline(parentElement)));
  timeline.update(data.timeline);
  return () => {
    timeline.stop();
    timelines.delete(parentElement);
  };
}

// Epochs a second.
export function pace(count) {
  return Math.min(PLAYING.most, Math.max(PLAYING.least, count / PLAYING.seconds));
}

// The index that a key leads to; undefined if the key is none of ours. share: of KEY_STEPS.
export function indexAfterKey(index, key, share, count) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = KEYS[key];
  return step && Math.min(count - 1, Math.max(0, Math.round(index) + Math.round(step * share * KEY_STEPS)));
}

class Timeline {
  constructor(root) {
    const names = [
      "empty", "views", "grid", "codes", "reconstructions", "low", "across", "high", "legend", "controls",
      "play", "track", "readout", "status",
    ];
    this.parts = Object.fromEntries(names.map((name) => [name, root.querySelector(`[data-part="${name}"]`)]));
    this.frames = new Frames(() => this.receive());
    this.views = new Views(this.parts);
    this.parts.play.onclick = () => (this.playing ? this.pause() : this.play());
    this.settle = followGestures(this.parts.track, {
      place: this.#place(),
      current: () => [this.target],
      move: ([index]) => this.hold(index),
      release: () => this.glideTo(Math.round(this.target)),
      cancel: ([index]) => this.glideTo(index),
    });
    this.stopGlide = () => {};
    this.#forget();
  }

  get last() {
    return this.epochs.length - 1;
  }

  // data: {root, epochs, versions, classes: names, more: how many are not named, palette, reach or null}.
  update(data) {
    const { data: before, epochs } = this;
    if (before && before.root !== data.root) this.#forget();
    const epoch = this.epochs[Math.round(this.target)];
    this.data = data;
    this.epochs = data.epochs;
    this.frames.list(data.root, data.epochs, data.versions);
    const isEmpty = this.epochs.length === 0;
    this.parts.empty.hidden = !isEmpty;
    for (const part of [this.parts.views, this.parts.controls]) part.hidden = isEmpty;
    this.#showLegend(before);
    if (isEmpty) return;
    if (this.following && !this.isHeld()) this.follow(epochs.length === 0);
    else this.#stayAt(epoch);
    this.frames.lookAt(Math.round(this.target));
    this.draw();
  }

  // Follows the end as soon as it can be seen, so that nothing flickers on the way.
  follow(atOnce = false) {
    if (atOnce) this.position = this.target = this.last;
    this.position = Math.min(this.position, this.last);
    this.target = Math.min(this.target, this.last);
    this.frames.lookAt(this.last);
    if (this.target !== this.last && this.frames.at(this.last)) this.glideTo(this.last);
  }

  isHeld() {
    return "held" in this.parts.track.dataset;
  }

  receive() {
    if (this.following && !this.isHeld() && !this.playing && this.epochs.length) this.follow();
    this.draw();
  }

  // Under the hand, between epochs too.
  hold(index) {
    this.pause();
    this.stopGlide();
    if (this.isHeld()) this.position = index;
    else this.#glide(index);
    this.#aim(index);
    this.draw();
  }

  glideTo(index) {
    this.#aim(index);
    this.#glide(index);
  }

  play() {
    this.stopGlide();
    if (this.target >= this.last) this.position = this.target = 0;
    this.playing = true;
    this.following = false;
    this.parts.play.textContent = "Pause";
    let before = performance.now();
    const step = (now) => {
      const passed = Math.min(0.1, Math.max(0, now - before) / 1000);
      before = now;
      this.#advance(passed * pace(this.epochs.length));
      if (this.playing) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.parts.play.textContent = "Play";
    this.glideTo(Math.round(this.position));
  }

  draw() {
    if (!this.epochs.length) return;
    const { parts, frames } = this;
    const index = Math.round(Math.min(this.position, this.last));
    const shown = frames.at(index) ? index : frames.nearest(index);
    this.#say(index, shown);
    if (shown === undefined) return;
    const frame = frames.at(shown);
    this.views.showPictures(frame, this.epochs[shown]);
    this.#drawPoints(frame);
    parts.views.dataset.epoch = this.epochs[shown];
  }

  stop() {
    this.settle();
    this.pause();
    this.stopGlide();
    this.frames.stop();
    this.views.stop();
  }

  #forget() {
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.stopGlide();
    Object.assign(this, { epochs: [], position: 0, target: 0, following: true });
    this.parts.play.textContent = "Play";
    this.views.forget();
  }

  // What gestures.js asks of a place; a second click is no other gesture here.
  #place() {
    const timeline = this;
    return {
      get centre() {
        return [timeline.target];
      },
      fromShares: (left) => [Math.min(1, Math.max(0, left)) * this.last],
      stepped: ([index], key, share) => {
        const next = indexAfterKey(index, key, share, this.epochs.length);
        return next === undefined ? null : [next];
      },
    };
  }

  #aim(index) {
    this.target = index;
    this.following = Math.round(index) >= this.last;
    this.frames.lookAt(Math.round(index));
  }

  #glide(index) {
    this.stopGlide();
    this.stopGlide = glide([this.position], [index], ([position]) => this.#moveTo(position), () => {
      this.stopGlide = () => {};
      this.#moveTo(index);
    });
  }

  #moveTo(position) {
    this.position = position;
    this.draw();
  }

  // Later epochs may have come, or some have gone: the same epoch stays, or the next one.
  #stayAt(epoch) {
    if (this.isHeld() || this.playing) {
      this.position = Math.min(this.position, this.last);
      this.target = Math.min(this.target, this.last);
      return;
    }
    this.stopGlide();
    const index = this.epochs.findIndex((other) => other >= epoch);
    this.position = this.target = index < 0 ? this.last : index;
  }

  #advance(distance) {
    let next = this.position + distance;
    const ahead = Math.min(this.last, Math.ceil(next));
    // Waits at the last epoch that is here for one that is on its way.
    if (!this.frames.at(ahead) && !this.frames.isMissing(ahead)) next = Math.max(this.position, ahead - 1);
    this.position = this.target = Math.min(next, this.last);
    this.frames.lookAt(Math.min(this.last, Math.ceil(this.position)));
    if (this.position >= this.last) {
      this.pause();
      this.following = true;
    }
    this.draw();
  }

  #drawPoints(nearest) {
    const [below, above] = [Math.floor(this.position), Math.ceil(this.position)].map((i) => this.frames.at(i));
    const between = below && above;
    this.views.showPoints(
      between ? below.codes : nearest.codes,
      between ? above.codes : nearest.codes,
      between ? this.position - Math.floor(this.position) : 0,
      {
        latest: this.frames.at(this.frames.nearest(this.last)).codes,
        reach: this.data.reach,
        colours: this.data.palette,
      },
    );
  }

  #say(index, shown) {
    const { track, readout, play, status, views } = this.parts;
    const text = `Epoch ${this.epochs[index]} of ${this.epochs[this.last]}`;
    const share = this.last ? Math.min(1, Math.max(0, this.position / this.last)) : 1;
    track.style.setProperty("--share", share.toFixed(5));
    readout.textContent = text;
    setAttributes(track, {
      "aria-valuemin": this.epochs[0],
      "aria-valuemax": this.epochs[this.last],
      "aria-valuenow": this.epochs[index],
      "aria-valuetext": text,
    });
    play.disabled = this.last < 1;
    views.setAttribute("aria-busy", String(shown !== index && !this.frames.isMissing(index)));
    const missing = this.frames.isMissing(index);
    const note = missing ? `The pictures of epoch ${this.epochs[index]} could not be loaded` : "";
    if (status.textContent !== note) status.textContent = note;
  }

  #showLegend(before) {
    const { legend } = this.parts;
    const { classes, more, palette } = this.data;
    legend.hidden = classes.length === 0 || this.epochs.length === 0;
    if (JSON.stringify([before?.classes, before?.more]) === JSON.stringify([classes, more])) return;
    const items = classes.map((name, label) => legendItem(name, palette[label % palette.length]));
    if (more) items.push(legendItem(`and ${more} more`));
    legend.replaceChildren(...items);
  }
}

function legendItem(name, colour = null) {
  const item = document.createElement("li");
  const text = document.createElement("span");
  text.textContent = text.title = name;
  if (colour) item.style.setProperty("--colour", colour);
  item.append(text);
  return item;
}

function setAttributes(element, values) {
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
}
