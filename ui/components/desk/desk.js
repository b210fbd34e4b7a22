// The mixing desk: a picture large, concepts put into it by sliders, and other pictures that change with it.
// Nothing is sent while a slider moves; only what is let go and "Go there" are.

import { DeskFader } from "./fader.js";
import { savedName } from "./mix.js";
import { KnownEnds, unpacked } from "./reach.js";
import { DeskStills, markOf } from "./stills.js";
import { crispWidth, savePicture } from "../engine/draw.js";
import { glide } from "../kit/glide.js";
import { fileName } from "../kit/files.js";
import { mirror } from "../kit/mirror.js";
import { rounded, signed } from "../kit/numbers.js";
import { Player } from "../engine/player.js";
import { bytesAt } from "../kit/shelf.js";
import { showStatus } from "../engine/status.js";

const PARTS = [
  ...["desk", "frame", "canvas", "was", "before", "title", "words", "keep", "save", "bar", "status", "board"],
  ...["faders", "strip", "legend", "reset", "gallery", "live", "mirror"],
];
// Milliseconds without a motion until it is rest, and from there until it is said aloud.
const REST = 150;
const ALOUD = 600;
// A picture that takes longer than this (milliseconds) waits for the end of a motion.
const BUDGET = 8;

const desks = new WeakMap();

// Called at every change of data or theme; one Desk lives as long as its element.
export function mount({ data, parentElement, setStateValue }) {
  let desk = desks.get(parentElement);
  if (!desk) desks.set(parentElement, (desk = new Desk(parentElement)));
  desk.send = setStateValue;
  desk.update(data.desk);
  return () => {
    desk.stop();
    desks.delete(parentElement);
  };
}

class Desk {
  constructor(root) {
    this.root = root;
    this.parts = Object.fromEntries(PARTS.map((name) => [name, root.querySelector(`[data-part="${name}"]`)]));
    this.faders = [];
    const { canvas, frame, keep, save, reset } = this.parts;
    this.listening = new AbortController();
    canvas.addEventListener("drawn", ({ detail }) => this.#drawn(detail), this.listening);
    keep.onclick = () => this.keep();
    save.onclick = () => savePicture(canvas, fileName(savedName(this.data.name, this.faders, this.strengths)));
    reset.onclick = () => this.go(this.strengths.map(() => 0));
    this.stopMirror = mirror(this.parts.mirror, canvas);
    this.observer = new ResizeObserver(() => this.fit());
    this.observer.observe(frame);
  }

  // data: as of desk_data in Python.
  update(data) {
    const isOther = JSON.stringify(this.data?.source) !== JSON.stringify(data.source);
    this.data = data;
    if (isOther) this.#openModel();
    if (data.id !== this.shown) {
      if (data.id !== this.coming) this.#bring();
      return;
    }
    this.coming = null;
    const moved = data.move !== this.move;
    this.move = data.move;
    this.#name();
    // A hand on the desk outranks what Python knew before it was put there.
    if (moved && !this.held) this.glideTo(data.faders.map(({ value }) => value));
  }

  get held() {
    return this.faders.some(({ held }) => held);
  }

  // Every motion, whatever made it, passes here.
  moveTo(strengths) {
    this.strengths = strengths;
    this.faders.forEach((fader, k) => fader.show(strengths[k]));
    this.#showHero();
    this.#warn();
    this.isMoving = true;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.#rest(), REST);
  }

  glideTo(strengths) {
    this.stopGlide?.();
    this.goal = strengths;
    this.stopGlide = glide(this.strengths, strengths, (at) => this.moveTo(at), () => this.arrive(strengths));
  }

  arrive(strengths) {
    this.stopGlide?.();
    this.goal = null;
    this.moveTo(strengths);
  }

  // A hand takes one slider, all of them on a glide where that ends.
  take() {
    if (this.goal) this.arrive(this.goal);
  }

  // To strengths that were pressed, not dragged to.
  go(strengths) {
    this.#settle(true);
    this.glideTo(strengths);
    this.release();
  }

  release() {
    this.#say("released", { strengths: this.goal ?? this.strengths });
  }

  // Python hears of a motion by keys before it hears that its end is kept.
  keep() {
    this.#settle(false);
    this.#say("kept", { index: this.hero, strengths: this.goal ?? this.strengths });
  }

  // Make another of the pictures the large one.
  choose(picture) {
    this.hero = picture;
    this.#name();
    this.moveTo(this.strengths);
  }

  fit() {
    const { canvas, desk, frame } = this.parts;
    if (!this.mix) return;
    const width = crispWidth(canvas.width, frame.clientWidth, devicePixelRatio || 1);
    canvas.style.width = `${width}px`;
    desk.style.setProperty("--spare", `${frame.clientWidth - width}px`);
    this.stills.fit();
  }

  stop() {
    this.#settle(false);
    this.listening.abort();
    this.stopGlide?.();
    for (const timer of [this.resting, this.saying]) clearTimeout(timer);
    this.observer.disconnect();
    this.stopMirror();
    this.stills?.stop();
    this.player?.stop();
    this.coming = this.shown = null;
  }

  #settle(quietly) {
    for (const fader of this.faders) fader.settle(quietly);
  }

  #say(name, message) {
    this.send(name, { desk: this.shown, ...message, mark: crypto.randomUUID?.() ?? String(Math.random()) });
  }

  #openModel() {
    const { data: { source }, parts } = this;
    this.stopGlide?.();
    this.#settle(true);
    this.stills?.stop();
    this.player?.stop();
    this.mix = this.shown = this.coming = this.concepts = null;
    this.faders = [];
    parts.faders.replaceChildren();
    for (const name of ["was", "keep", "save", "board", "gallery"]) parts[name].hidden = true;
    this.player = new Player(parts.canvas, source, (status) => this.#status(status));
    this.stills = new DeskStills(parts, this.player, source, {
      hero: () => this.hero,
      strengths: () => this.strengths,
      playable: (code) => this.#playable(code),
      hasTime: () => !this.isMoving || (this.player.place === "browser" && this.milliseconds <= BUDGET),
      finished: () => (parts.desk.dataset.pictures = "whole"),
      go: (strength) => this.go([strength]),
      choose: (picture) => this.choose(picture),
    });
    parts.canvas.style.aspectRatio = `${source.shape[1]} / ${source.shape[0]}`;
  }

  async #bring() {
    const { data } = this;
    this.coming = data.id;
    try {
      const bytes = await bytesAt(data.content);
      if (this.coming !== data.id) return;
      this.#open(unpacked(bytes, data));
    } catch (error) {
      if (this.coming !== data.id) return;
      this.coming = null;
      this.parts.status.textContent = "The pictures could not be loaded: check the connection and reload the page.";
    }
  }

  #open({ mix, crowd }) {
    const { data, parts } = this;
    const concepts = JSON.stringify(data.faders.map(({ name, colour }) => [name, colour]));
    const same = concepts === this.concepts;
    const strengths = same && this.held ? this.strengths : data.faders.map(({ value }) => value);
    Object.assign(this, { mix, crowd, concepts, shown: data.id, coming: null, move: data.move });
    if (data.pictures !== this.pictures) this.hero = 0;
    this.pictures = data.pictures;
    this.stopGlide?.();
    delete parts.desk.dataset.drawn;
    if (!same) this.#makeFaders();
    for (const name of ["was", "keep", "save", "board"]) parts[name].hidden = false;
    if (this.strengths?.length !== mix.directions.length) this.strengths = strengths;
    this.stills.open(mix, data);
    this.#name();
    this.arrive(strengths);
    this.fit();
  }

  #makeFaders() {
    this.#settle(true);
    this.faders = this.data.faders.map((shown, k) => new DeskFader(shown, {
      taken: () => this.take(),
      moved: (strength) => this.moveTo(this.strengths.with(k, strength)),
      released: () => this.release(),
    }));
    this.parts.faders.replaceChildren(...this.faders.map(({ row }) => row));
  }

  // What goes to the server stands in an address, which holds four digits.
  #playable(code) {
    return this.player.decoder ? code : rounded(code);
  }

  #showHero() {
    this.code = this.#playable(this.mix.code(this.hero, this.strengths));
    this.mark = markOf(this.hero, this.strengths);
    this.player.show(this.code);
    this.parts.desk.dataset.pictures = "following";
  }

  #name() {
    const { data, parts, hero } = this;
    const reach = (this.reach = this.crowd ?? new KnownEnds(data.faders.map(({ inside }) => inside)));
    parts.title.textContent = parts.title.title = data.labels[hero];
    this.faders.forEach((fader, k) => fader.mark(reach.ends(hero, k)));
    parts.legend.hidden = !reach.marksEnds(hero);
    this.stills.name(data.labels);
    if (this.strengths) this.#warn();
  }

  #warn() {
    const { parts, data, hero, reach, strengths } = this;
    const words = reach.words(hero, strengths, this.faders.filter((fader) => fader.isBeyond), data.labels);
    if (parts.words.textContent !== words) parts.words.textContent = words;
    const isBeyond = reach.isBeyond(hero, strengths);
    for (const part of [parts.words, parts.frame]) part.toggleAttribute("data-beyond", isBeyond);
    this.stills.mark((picture) => reach.isBeyond(picture, strengths));
  }

  #rest() {
    this.isMoving = false;
    this.stills.resume();
    clearTimeout(this.saying);
    this.saying = setTimeout(() => this.#tell(), ALOUD);
  }

  // Aloud only what stays; a slider speaks for itself.
  #tell() {
    const { parts, data, hero, strengths } = this;
    const set = this.faders.map(({ name }, k) => (strengths[k] ? `${name} ${signed(strengths[k])}` : "")).filter(Boolean);
    const text = `${data.labels[hero]}: ${set.join(", ") || "as it was"}. ${parts.words.textContent}`.trim();
    parts.canvas.setAttribute("aria-label", `Decoded picture: ${text}`);
    // Where the desk stands when it opens is no news.
    const isNews = text !== (this.told ?? text);
    const speaks = this.held || this.faders.some(({ track }) => track === this.root.activeElement);
    this.told = text;
    if (isNews && !speaks) parts.live.textContent = text;
  }

  #drawn({ z, milliseconds }) {
    const { canvas, desk } = this.parts;
    this.milliseconds = milliseconds;
    // A picture from the server may be of strengths that were left.
    if (this.mix && z.every((value, i) => value === this.code[i])) {
      desk.dataset.drawn = this.mark;
      this.stills.copyHero(canvas);
    }
    canvas.dispatchEvent(new CustomEvent("decoded", { detail: { milliseconds }, bubbles: true, composed: true }));
    if (this.mix) this.stills.resume();
  }

  #status({ place, share, error }) {
    // The milliseconds of every frame would only flicker.
    const news = `${place} ${share} ${error?.message ?? ""}`;
    if (news === this.news) return;
    this.news = news;
    showStatus(this.parts, this.data, { place, share, error });
    if (this.mix && place !== this.place) this.moveTo(this.strengths);
    this.place = place;
  }
}
