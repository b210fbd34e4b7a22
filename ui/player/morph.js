// A morph: one film plays large, and every film of the same ends stands as a strip beside it. Nothing is
// sent while it plays; only another choice and "Go there" are.

import { crispWidth } from "./draw.js";
import { filmAt, placeOn, secondsOf } from "./film.js";
import { followGestures } from "./gestures.js";
import { Talk } from "./map_talk.js";
import { legendItems } from "./morph_legend.js";
import { MorphWords } from "./morph_words.js";
import { rounded } from "./numbers.js";
import { Playback } from "./playback.js";
import { Player } from "./player.js";
import { showStatus } from "./status.js";
import { Strip } from "./strip.js";
import { StripPictures } from "./strip_pictures.js";

const PARTS = [
  "morph", "frame", "canvas", "caption", "track", "thumb", "play", "readout", "speed", "repeat", "keep", "tale",
  "live", "bar", "status", "rows", "legend",
];
const CHOICES = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

const morphs = new WeakMap();

// Called at every change of data or theme; one Morph lives as long as its element.
export function mount({ data, parentElement, setStateValue }) {
  let morph = morphs.get(parentElement);
  if (!morph) morphs.set(parentElement, (morph = new Morph(parentElement)));
  morph.talk.listen(setStateValue, data.heard);
  morph.update(data.morph);
  return () => {
    morph.stop();
    morphs.delete(parentElement);
  };
}

class Morph {
  constructor(root) {
    this.root = root;
    this.parts = Object.fromEntries(PARTS.map((name) => [name, root.querySelector(`[data-part="${name}"]`)]));
    this.talk = new Talk();
    this.words = new MorphWords(this.parts, root);
    this.films = [];
    this.strips = [];
    this.playback = new Playback({ moved: () => this.#show(), turned: () => this.#turn() });
    this.#listen();
    this.observer = new ResizeObserver(() => this.fit());
    for (const part of [this.parts.frame, this.parts.rows]) this.observer.observe(part);
    this.watcher = new IntersectionObserver((entries) => this.playback.see(entries.at(-1).isIntersecting));
    this.watcher.observe(this.parts.morph);
  }

  // data: as of morph_data in Python.
  update(data) {
    const before = this.data;
    this.data = data;
    if (JSON.stringify(before?.source) !== JSON.stringify(data.source)) this.#openModel();
    if (data.id !== this.shown && data.id !== this.coming) this.#bring();
    if (data.id !== this.shown) return;
    if (this.talk.isHeard("chosen") && !this.before) this.choose(data.chosen);
    this.fit();
  }

  choose(kind) {
    const film = this.films.find((one) => one.kind === kind);
    if (!film || film === this.film) return;
    this.film = film;
    this.playback.seconds = secondsOf(film.frames);
    this.parts.morph.dataset.kind = kind;
    for (const strip of this.strips) strip.mark(strip.film === film);
    this.#show();
  }

  fit() {
    const { frame, canvas } = this.parts;
    if (!this.films.length) return;
    const ink = getComputedStyle(this.parts.morph).color;
    canvas.style.width = `${crispWidth(this.data.source.shape[1], frame.clientWidth, devicePixelRatio || 1)}px`;
    for (const strip of this.strips) strip.fit(ink);
    this.pictures.fill(this.strips);
  }

  stop() {
    this.playback.pause();
    this.words.stop();
    this.settle(true);
    for (const strip of this.strips) strip.settle(true);
    this.observer.disconnect();
    this.watcher.disconnect();
    this.pictures?.stop();
    this.player?.stop();
    this.coming = this.shown = null;
  }

  #listen() {
    const { parts, playback } = this;
    this.settle = followGestures(parts.track, this.#gestures(() => this.film));
    parts.play.onclick = () => this.#toggle();
    parts.speed.onchange = () => (playback.speed = Number(parts.speed.value));
    parts.repeat.onchange = () => (playback.repeat = parts.repeat.value);
    parts.keep.onclick = () => this.#keep();
    parts.canvas.onclick = () => this.#toggle();
    parts.canvas.addEventListener("drawn", ({ detail }) => this.#drawn(detail.milliseconds));
    parts.morph.onkeydown = (event) => this.#key(event);
  }

  #openModel() {
    const { data, parts } = this;
    const { source } = data;
    this.pictures?.stop();
    this.player?.stop();
    this.shown = null;
    this.film = null;
    this.player = new Player(parts.canvas, source, (status) => this.#status(status));
    this.pictures = new StripPictures(this.player, source.decode);
    parts.canvas.style.aspectRatio = `${source.shape[1]} / ${source.shape[0]}`;
  }

  async #bring() {
    const { data } = this;
    const asked = performance.now();
    this.coming = data.id;
    this.failed = false;
    try {
      const films = await Promise.all(data.films.map((film) => filmAt(film, data.source.latent_dim)));
      if (this.coming === data.id) this.#open(films, asked);
    } catch (error) {
      if (this.coming !== data.id) return;
      this.coming = null;
      this.failed = true;
      this.parts.bar.hidden = true;
      this.parts.status.textContent = "The path could not be loaded: check the connection and reload the page.";
    }
  }

  // Further paths between the same ends do not disturb one that plays.
  #open(films, asked) {
    const { data, parts, playback } = this;
    const goesOn = films.some(({ content }) => content === this.film?.content);
    const wanted = this.talk.isHeard("chosen") ? data.chosen : this.film?.kind;
    this.coming = null;
    this.shown = data.id;
    this.before = null;
    this.film = null;
    this.films = films;
    this.#makeStrips();
    parts.legend.replaceChildren(...legendItems(films, data.classes, data.colours));
    parts.legend.hidden = parts.caption.hidden = false;
    if (!goesOn) {
      playback.pause();
      playback.rewind();
      this.opened = asked;
    }
    this.choose(films.some(({ kind }) => kind === wanted) ? wanted : data.chosen);
    this.fit();
  }

  #makeStrips() {
    const { data, parts } = this;
    const focused = this.root.activeElement?.getAttribute?.("role") === "radio";
    for (const strip of this.strips) strip.settle(true);
    this.strips = this.films.map((film) => new Strip(film, {
      shape: data.source.shape,
      classes: data.classes,
      colours: data.colours,
      pictures: data.pictures,
      gestures: this.#gestures(() => film),
      choose: () => this.#pick(film),
    }));
    parts.rows.replaceChildren(...this.strips.map(({ row }) => row));
    if (focused) this.strips[0].name.focus({ preventScroll: true });
  }

  // A hand on a strip, or on the slider of the chosen film: looks at a place of that film.
  #gestures(filmNow) {
    return {
      place: placeOn(filmNow, () => this.playback.share),
      current: () => [this.playback.share],
      move: ([next]) => this.#hold(filmNow(), next),
      release: () => this.#letGo(),
      cancel: ([start]) => this.#letGo(start),
    };
  }

  #hold(film, share) {
    const { playback } = this;
    const isByHand = this.strips.some(({ held }) => held) || "held" in this.parts.track.dataset;
    this.before ??= { kind: this.film.kind, wasPlaying: playback.isPlaying && isByHand };
    playback.pause();
    this.choose(film.kind);
    playback.moveTo(share);
  }

  // start: where the browser took the touch away to scroll the page; nothing has happened then.
  #letGo(start = null) {
    const { before } = this;
    this.before = null;
    if (!before) return;
    if (start !== null) {
      this.choose(before.kind);
      this.playback.moveTo(start);
    } else if (before.kind !== this.film.kind) this.#sayChosen();
    if (before.wasPlaying) this.playback.play();
  }

  #pick(film) {
    if (film === this.film) return;
    this.choose(film.kind);
    this.#sayChosen();
  }

  #sayChosen() {
    this.talk.say("chosen", { films: this.shown, kind: this.film.kind });
  }

  // What is kept is a frame, and what one sees.
  #keep() {
    const { film, playback } = this;
    playback.pause();
    const frame = Math.round(playback.share * film.last);
    playback.moveTo(frame / film.last);
    this.talk.say("kept", { films: this.shown, kind: film.kind, frame });
  }

  #toggle() {
    if (!this.film) return;
    if (this.playback.isPlaying) this.playback.pause();
    else this.playback.play();
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === " " && !event.target.closest("button, select")) {
      event.preventDefault();
      if (!event.repeat) this.#toggle();
    }
    const step = event.target.getAttribute("role") === "radio" && CHOICES[event.key];
    if (!step) return;
    event.preventDefault();
    const at = this.strips.findIndex(({ film }) => film === this.film);
    const next = this.strips[(at + step + this.strips.length) % this.strips.length];
    next.name.focus();
    this.#pick(next.film);
  }

  #show() {
    const { film, player, playback, parts } = this;
    if (!film) return;
    const position = playback.share * film.last;
    const code = film.codeAt(position);
    this.position = position;
    // What goes to the server stands in an address, which holds four digits.
    player.show(player.decoder ? code : rounded(Array.from(code)));
    parts.thumb.style.transform = `translateX(${(100 * playback.share).toFixed(3)}cqw)`;
    for (const strip of this.strips) strip.showShare(playback.share);
    this.words.say(film, Math.round(position), this.data.classes, playback.isPlaying);
  }

  #turn() {
    const { play, morph } = this.parts;
    const { isPlaying } = this.playback;
    play.toggleAttribute("data-playing", isPlaying);
    play.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
    morph.dataset.state = isPlaying ? "playing" : "paused";
    if (!isPlaying) this.#show();
  }

  #drawn(milliseconds) {
    this.parts.canvas.dataset.position = this.position.toFixed(3);
    const detail = { milliseconds, position: this.position };
    this.#tell("played", detail);
    if (this.opened === null || this.opened === undefined) return;
    this.#tell("ready", { milliseconds: performance.now() - this.opened });
    this.opened = null;
    this.parts.morph.dataset.ready = this.shown;
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.playback.play();
  }

  #tell(name, detail) {
    this.parts.morph.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  #status(status) {
    const { place, share, error } = status;
    // The milliseconds of every frame would only flicker.
    const news = `${place} ${share} ${error?.message ?? ""}`;
    if (news === this.news || this.failed) return;
    this.news = news;
    showStatus(this.parts, this.data, { place, share, error });
    this.pictures?.resume();
  }
}
