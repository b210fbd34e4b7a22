// A film: the codes of a path, what is known of each frame, and how one gets on in it. A position counts
// frames from 0 and may lie between two.

import { bytesAt } from "./shelf.js";

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
  // shown: {kind, title, frames, facts}; bytes: float32 codes row by row, then nearness, confidence, answers.
  constructor(shown, bytes, latentDim) {
    Object.assign(this, shown);
    const values = new Float32Array(bytes);
    const size = this.frames * latentDim;
    if (values.length !== size + 3 * this.frames) throw new Error(`a film of ${values.length} numbers`);
    this.latentDim = latentDim;
    this.codes = values.subarray(0, size);
    const figures = (i) => values.subarray(size + i * this.frames, size + (i + 1) * this.frames);
    this.nearness = figures(0);
    this.confidence = figures(1);
    this.answers = figures(2);
  }

  get last() {
    return this.frames - 1;
  }

  // The code at a position, in a straight line between those of two frames.
  codeAt(position) {
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

  // What is known of a frame, in words; classes are the names of a classifier's answers.
  tell(frame, classes) {
    const near = this.nearness[frame];
    const figure = near < 9.95 ? near.toFixed(1) : Math.round(near);
    const distance = near < AT ? "At a test picture" : `${figure} × the usual distance to the nearest test picture`;
    const name = classes[this.answers[frame]];
    if (name === undefined) return distance;
    return `${distance}; a classifier says ${name} (${Math.round(100 * this.confidence[frame])} %)`;
  }
}

// A promise of the Film that Python describes.
export async function filmAt(shown, latentDim) {
  return new Film(shown, await bytesAt(shown.content), latentDim);
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
