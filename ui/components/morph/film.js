// A film: the codes of a path, what is known of each frame, and how one gets on in it. A position counts
// frames from 0 and may lie between two.

// At usual speed a film takes as long as so many frames a second do, but neither shorter nor longer than this.
const PACE = { framesPerSecond: 20, least: 3, most: 20 };
// At an end it rests, so that one sees the picture that everything came from.
const REST = 0.35;
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
const JUMPS = { PageDown: -1, PageUp: 1 };
const JUMP = 0.1;
// Of these gestures.js makes a step.
const KEY_STEPS = 60;
const NEARLY = 1e-6;
// Nearer than this a frame is what a test picture became.
const AT = 0.05;

export class Film {
  // shown: {kind, title, frames, codes, figures}, the last two addresses of what comes later; start: the
  // first code, a Float32Array.
  constructor({ kind, title, frames, codes, figures }, start) {
    Object.assign(this, { kind, title, frames, addresses: { codes, figures } });
    Object.assign(this, { start, latentDim: start.length });
    Object.assign(this, { codes: null, nearness: null, confidence: null, answers: null, facts: [], problem: null });
  }

  get isHere() {
    return this.codes !== null;
  }

  get isMeasured() {
    return this.nearness !== null;
  }

  // Whether it can never be shown.
  get isBroken() {
    return !this.isHere && this.problem !== null;
  }

  // Forgets a problem that may be over by now; whether there was one.
  retry() {
    if (!this.problem || this.problem.isFinal) return false;
    this.problem = null;
    return true;
  }

  // bytes: float32 codes row by row.
  takeCodes(bytes) {
    const codes = new Float32Array(bytes);
    if (codes.length !== this.frames * this.latentDim) throw new Error(`a film of ${codes.length} numbers`);
    this.codes = codes;
  }

  // bytes: JSON {nearness, confidence, answers: numbers of the frames, facts: [text, meaning]}; confidence
  // and answers null where there is no classifier.
  takeFigures(bytes) {
    const { nearness, confidence, answers, facts } = JSON.parse(new TextDecoder().decode(bytes));
    for (const figures of [nearness, confidence ?? nearness, answers ?? nearness]) {
      if (figures.length !== this.frames) throw new Error(`figures of ${figures.length} frames`);
    }
    Object.assign(this, { nearness, facts, confidence: confidence ?? [], answers: answers ?? [] });
  }

  get last() {
    return this.frames - 1;
  }

  // The code at a position, in a straight line between those of two frames; of a film that has not come
  // yet the first one, else null.
  codeAt(position) {
    if (!this.isHere) return position === 0 ? this.start : null;
    const before = Math.min(this.last, Math.max(0, Math.floor(position)));
    const share = Math.min(1, Math.max(0, position - before));
    const from = before * this.latentDim, to = Math.min(this.last, before + 1) * this.latentDim;
    const code = new Float32Array(this.latentDim);
    for (let i = 0; i < code.length; i++) {
      // At whole positions exactly the frame.
      code[i] = share ? (1 - share) * this.codes[from + i] + share * this.codes[to + i] : this.codes[from + i];
    }
    return code;
  }

  // What is known of a frame, in words; classes are the names of a classifier's answers. "" until it is known.
  tell(frame, classes) {
    if (!this.isMeasured) return "";
    const near = this.nearness[frame];
    const figure = near < 9.95 ? near.toFixed(1) : Math.round(near);
    const distance = near < AT ? "At a test picture" : `${figure} × the usual distance to the nearest test picture`;
    const name = classes[this.answers[frame]];
    if (name === undefined) return distance;
    return `${distance}; a classifier says ${name} (${Math.round(100 * this.confidence[frame])} %)`;
  }
}

// A code from the text of its little-endian float32 numbers in base64.
export function codeIn(text) {
  return new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

// The first of films after one of them that can be shown; undefined if there is none.
export function nextOf(films, film) {
  const at = films.indexOf(film);
  return [...films.slice(at + 1), ...films.slice(0, at)].find(({ isBroken }) => !isBroken);
}

export function secondsOf(frames) {
  return Math.min(PACE.most, Math.max(PACE.least, frames / PACE.framesPerSecond));
}

// Where a film is that was at {share of the way, direction 1 or -1, rest in seconds} and has played for
// `passed` seconds, if the whole takes `seconds`; ended: it stays there.
export function advanced({ share, direction, rest }, passed, seconds, repeat) {
  const way = repeat === "bounce" ? direction : 1;
  const moving = passed - rest;
  if (moving <= 0) return { share, direction: way, rest: -moving, ended: false };
  if (repeat === "loop" && share >= 1) return { share: 0, direction: 1, rest: REST, ended: false };
  const next = share + (way * moving) / seconds;
  if (way > 0 ? next < 1 : next > 0) return { share: next, direction: way, rest: 0, ended: false };
  return { share: way > 0 ? 1 : 0, direction: repeat === "bounce" ? -way : 1, rest: REST, ended: repeat === "once" };
}

// The position that a key leads to; undefined if it is none of ours. From between two frames a step leads
// to the next whole one.
export function positionAfterKey(position, key, steps, frames) {
  const last = frames - 1;
  if (key === "Home") return 0;
  if (key === "End") return last;
  const step = KEYS[key] ? KEYS[key] * steps : JUMPS[key] && JUMPS[key] * Math.ceil(JUMP * last);
  if (!step) return undefined;
  const whole = step > 0 ? Math.floor(position + NEARLY) : Math.ceil(position - NEARLY);
  return Math.min(last, Math.max(0, whole + step));
}

// What gestures.js asks of a place, in shares of the way; a second click leads nowhere else.
export function placeOn(filmNow, shareNow) {
  return {
    get centre() {
      return [shareNow()];
    },
    fromShares: (left) => [left],
    stepped: ([share], key, part) => {
      const { last, frames } = filmNow();
      const next = positionAfterKey(share * last, key, Math.round(part * KEY_STEPS), frames);
      return next === undefined ? null : [next / last];
    },
  };
}

// Frames of a strip of at most `pictures`: evenly spread, both ends among them.
export function stripFrames(frames, pictures) {
  const count = Math.min(frames, pictures);
  return Array.from({ length: count }, (_, i) => Math.round((i * (frames - 1)) / (count - 1)));
}
