// What is said of the frame that one sees: in words beside it, and aloud when it has come to rest.

// While it plays words change at most this often (milliseconds), or nobody could read them.
const READABLE = 250;
const SETTLED = 600;

export class MorphWords {
  // root: where the focus is looked for.
  constructor({ track, readout, tale, live }, root) {
    Object.assign(this, { track, readout, tale, live, root, said: -Infinity });
  }

  say(film, frame, classes, isPlaying) {
    const place = `Frame ${frame + 1} of ${film.frames}`;
    put(this.readout, place);
    const now = performance.now();
    if (isPlaying && now - this.said < READABLE) return;
    this.said = now;
    const tale = film.tell(frame, classes);
    put(this.tale, tale);
    clearTimeout(this.settling);
    if (isPlaying) return;
    const said = tale ? `${place}: ${tale}` : place;
    const values = {
      "aria-valuemin": 1,
      "aria-valuemax": film.frames,
      "aria-valuenow": frame + 1,
      "aria-valuetext": said,
    };
    for (const [name, value] of Object.entries(values)) this.track.setAttribute(name, value);
    // Aloud once, with what is known of the frame.
    if (!film.isMeasured && !film.problem) return;
    this.settling = setTimeout(() => {
      // The slider speaks for itself.
      if (this.root.activeElement !== this.track) put(this.live, `${film.title}. ${said}`);
    }, SETTLED);
  }

  stop() {
    clearTimeout(this.settling);
  }
}

function put(part, text) {
  if (part.textContent !== text) part.textContent = text;
}
