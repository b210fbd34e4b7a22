// A morph: one film plays large, and every film of the same ends stands as a strip beside it. The first
// picture is shown at once, the films come one after the other. Nothing is sent while one plays; only
// another choice and "Go there" are.

import { crispWidth } from "../engine/draw.js";
import { Film, codeIn, nextOf, secondsOf } from "./film.js";
import { FilmSupply, whyNone } from "./film_supply.js";
import { followGestures } from "../kit/gestures.js";
import { Talk } from "../kit/talk.js";
import { MorphHand } from "./hand.js";
import { MorphLegend } from "./legend.js";
import { MorphRows } from "./rows.js";
import { MorphWords } from "./words.js";
import { rounded } from "../kit/numbers.js";
import { Playback } from "./playback.js";
import { Player } from "../engine/player.js";
import { showStatus } from "../engine/status.js";
import { StripPictures } from "../kit/decoded_pictures.js";

const PARTS = [
  "morph", "frame", "canvas", "caption", "track", "thumb", "play", "readout", "speed", "repeat", "keep", "tale",
  "live", "bar", "status", "rows", "legend", "difference",
];

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
    this.parts = Object.fromEntries(PARTS.map((name) => [name, root.querySelector(`[data-part="${name}"]`)]));
    this.talk = new Talk();
    this.words = new MorphWords(this.parts, root);
    this.legend = new MorphLegend(this.parts);
    // opened, begun: since when other films are awaited and their first picture is shown, milliseconds.
    Object.assign(this, { films: [], opened: null, begun: null });
    this.playback = new Playback({ moved: () => this.#show(), turned: () => this.#turn() });
    this.hand = new MorphHand({
      playback: this.playback,
      film: () => this.film,
      isHeld: () => this.rows.isHeld || "held" in this.parts.track.dataset,
      choose: (film) => this.#choose(film),
      stays: () => this.#sayChosen(true),
    });
    this.rows = new MorphRows(this.parts.rows, root, {
      gestures: (filmNow) => this.hand.gestures(filmNow),
      pick: (film) => this.#pick(film),
    });
    this.supply = new FilmSupply({ came: (film) => this.#came(film), finished: (words) => this.legend.finish(words) });
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
    if (data.id !== this.shown) this.#open();
    else {
      this.#retry();
      if (this.talk.isHeard("chosen") && !this.hand.isBusy) this.#choose(this.#filmOf(data.chosen));
    }
    this.fit();
  }

  fit() {
    const { frame, canvas } = this.parts;
    if (!this.films.length) return;
    const ink = getComputedStyle(this.parts.morph).color;
    canvas.style.width = `${crispWidth(this.data.source.shape[1], frame.clientWidth, devicePixelRatio || 1)}px`;
    this.rows.fit(ink);
    this.pictures.fill(this.rows.strips);
  }

  stop() {
    this.playback.pause();
    this.words.stop();
    this.settle(true);
    this.rows.settle();
    this.observer.disconnect();
    this.watcher.disconnect();
    this.pictures?.stop();
    this.player?.stop();
    this.supply.stop();
    this.shown = null;
  }

  #listen() {
    const { parts, playback } = this;
    this.settle = followGestures(parts.track, this.hand.gestures(() => this.film));
    parts.play.onclick = () => this.#toggle();
    parts.speed.onchange = () => (playback.speed = Number(parts.speed.value));
    parts.repeat.onchange = () => (playback.repeat = parts.repeat.value);
    parts.keep.onclick = () => this.#keep();
    parts.canvas.onclick = () => this.#toggle();
    parts.canvas.addEventListener("drawn", ({ detail }) => this.#drawn(detail.milliseconds));
    parts.morph.onkeydown = (event) => this.#key(event);
  }

  #openModel() {
    const { data: { source }, parts } = this;
    this.pictures?.stop();
    this.player?.stop();
    this.films = [];
    this.film = null;
    this.legend.forget();
    this.player = new Player(parts.canvas, source, (status) => this.#status(status));
    this.pictures = new StripPictures(this.player, source.decode);
    parts.canvas.style.aspectRatio = `${source.shape[1]} / ${source.shape[0]}`;
  }

  // Further paths between the same ends do not disturb one that plays.
  #open() {
    const { data, parts, playback, film } = this;
    const known = new Map(this.films.map((one) => [one.addresses.codes, one]));
    const goesOn = data.films.some(({ codes }) => codes === film?.addresses.codes) && film.isHere;
    const wanted = this.talk.isHeard("chosen") ? data.chosen : film?.kind;
    Object.assign(this, { shown: data.id, failed: false, mayRetry: true, film: null });
    this.hand.forget();
    const start = codeIn(data.start);
    this.films = data.films.map((shown) => known.get(shown.codes) ?? new Film(shown, start));
    for (const one of this.films) one.retry();
    this.rows.lay(this.films, data);
    this.legend.open(this.films, data);
    parts.caption.hidden = false;
    if (!goesOn) {
      playback.pause();
      playback.rewind();
      Object.assign(this, { opened: performance.now(), begun: null });
    }
    this.#choose(this.#filmOf(wanted) ?? this.#filmOf(data.chosen));
    this.#bring();
  }

  #bring() {
    this.supply.bring(this.films, this.data.difference, () => this.film);
  }

  // What did not arrive may be there by now. A film that cannot be shown makes the page run again too: once
  // that may help, but what is lost for good would be asked for without end.
  #retry() {
    const lost = this.mayRetry ? this.films.filter((film) => film.retry()) : [];
    if (!lost.length) return;
    this.mayRetry = this.failed = false;
    this.rows.tell(lost);
    this.#bring();
  }

  // Codes or figures of a film have come, or cannot.
  #came(film) {
    this.rows.tell([film]);
    if (film === this.film) {
      if (film.isBroken) this.#fallBack();
      else if (this.opened !== null && this.begun !== null) this.#start();
      else if (film.isMeasured || film.problem) this.#say();
      else this.#show();
    }
    this.fit();
  }

  // The film that was chosen cannot be shown: the next one is.
  #fallBack() {
    const next = nextOf(this.films, this.film);
    if (next) return this.#pick(next, false);
    this.failed = true;
    this.parts.bar.hidden = true;
    this.parts.status.textContent = whyNone(this.films);
  }

  #filmOf(kind) {
    return this.films.find((film) => film.kind === kind);
  }

  #choose(film) {
    if (!film || film.isBroken || film === this.film) return;
    this.film = film;
    this.playback.seconds = secondsOf(film.frames);
    this.parts.morph.dataset.kind = film.kind;
    this.rows.mark(film);
    this.#show();
  }

  #pick(film, byHand = true) {
    if (film === this.film) return;
    this.#choose(film);
    this.#sayChosen(byHand);
  }

  #sayChosen(byHand) {
    this.mayRetry ||= byHand;
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
    if (!this.film?.isHere) return;
    if (this.playback.isPlaying) this.playback.pause();
    else this.playback.play();
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === " " && !event.target.closest("button, select")) {
      event.preventDefault();
      if (!event.repeat) this.#toggle();
    }
    this.rows.key(event, this.film);
  }

  #show() {
    const { film, player, playback, parts } = this;
    if (!film) return;
    const position = playback.share * film.last;
    const code = film.codeAt(position);
    if (code) {
      this.position = position;
      // What goes to the server stands in an address, which holds four digits.
      player.show(player.decoder ? code : rounded(Array.from(code)));
    }
    parts.thumb.style.transform = `translateX(${(100 * playback.share).toFixed(3)}cqw)`;
    this.rows.showShare(playback.share);
    this.#say();
  }

  #say() {
    const { film, playback } = this;
    this.words.say(film, Math.round(playback.share * film.last), this.data.classes, playback.isPlaying);
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
    if (this.opened === null) return;
    if (this.begun === null) {
      this.begun = performance.now();
      this.#tell("begun", { milliseconds: this.begun - this.opened });
    }
    if (this.film.isHere) this.#start();
  }

  // The first picture is shown, and the film it belongs to is here.
  #start() {
    const now = performance.now();
    this.#tell("ready", { milliseconds: now - this.opened });
    this.opened = null;
    this.parts.morph.dataset.ready = this.shown;
    this.playback.shortenRest((now - this.begun) / 1000);
    // Somebody may have moved on while only the first picture was there.
    if (this.position !== this.playback.share * this.film.last) this.#show();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    if (this.hand.isBusy) this.hand.playAfter();
    else this.playback.play();
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
