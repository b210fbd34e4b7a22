// Brings what films are made of from the server, one thing after the other, so that what is wanted first
// has the server to itself: the codes of the film that one wants to see, those of the others, then the
// figures, in the end how the films differ.

import { bytesAt, ShelfRefusal } from "../kit/shelf.js";

// Milliseconds after which the next thing is asked for however busy the page is.
const PATIENCE = 200;
const NO_WAY = "There is no way between these pictures: choose another.";
const NONE = "The path could not be loaded: check the connection and reload the page.";
const UNREACHABLE = "Could not be loaded: check the connection and reload the page";

export class FilmSupply {
  // came(film) whenever something of it has come, or cannot; finished(words) in the end, with how the films
  // differ.
  constructor({ came, finished }) {
    Object.assign(this, { came, finished, turn: 0 });
  }

  // Films and the address of how they differ; wanted(): the film to be seen. What was asked for before is
  // not brought any more.
  async bring(films, difference, wanted) {
    const turn = ++this.turn;
    const isOver = () => turn !== this.turn;
    for (let next; (next = lackOf([wanted(), ...films])); ) {
      await bringTo(...next);
      if (isOver()) return;
      this.came(next[0]);
      await idle();
      if (isOver()) return;
    }
    const words = await bytesAt(difference).then((bytes) => new TextDecoder().decode(bytes), () => "");
    if (!isOver()) this.finished(words);
  }

  stop() {
    this.turn += 1;
  }
}

// A film and what it lacks first; undefined if there is nothing to be had any more.
function lackOf(films) {
  const open = films.filter(({ problem }) => !problem);
  const lacking = open.find(({ isHere }) => !isHere);
  if (lacking) return [lacking, "codes"];
  const unmeasured = open.find(({ isMeasured }) => !isMeasured);
  return unmeasured && [unmeasured, "figures"];
}

async function bringTo(film, what) {
  try {
    const bytes = await bytesAt(film.addresses[what]);
    if (what === "codes") film.takeCodes(bytes);
    else film.takeFigures(bytes);
  } catch (error) {
    const isSaid = error instanceof ShelfRefusal;
    film.problem = {
      words: isSaid ? capital(error.message) : UNREACHABLE,
      isFinal: isSaid && error.isFinal,
      isSaid,
    };
  }
}

// What to say where none of the films can be shown.
export function whyNone(films) {
  return films.every(({ problem }) => problem.isSaid) ? NO_WAY : NONE;
}

function idle() {
  return new Promise((done) => {
    if (globalThis.requestIdleCallback) requestIdleCallback(done, { timeout: PATIENCE });
    else setTimeout(done);
  });
}

const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);
