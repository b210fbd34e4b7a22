// The small pictures of points: fetched a sheet at a time, the latest first, kept while there is room.

const COLUMNS = 16;
const BATCH = 64;
const AT_ONCE = 4;
// One request is left to what is asked for now, so that it need not wait for what may be asked next.
const AHEAD_AT_ONCE = AT_ONCE - 1;
const MOST_PICTURES = 4096;
const MEMORY = 96 * 2 ** 20;
// What was asked for longest ago is given up: nobody looks at it any more.
const MOST_ASKED = 4 * BATCH;
const ATTEMPTS = 2;
const PAUSE = 3000;

export class Pictures {
  // url: of the pictures of one set of points; shape: [height, width] of one of them; onload(rows, kind) is
  // called whenever pictures have arrived.
  constructor(url, [height, width], { onload = () => {} } = {}) {
    Object.assign(this, { url, height, width, onload });
    this.room = Math.min(MOST_PICTURES, Math.max(BATCH, Math.floor(MEMORY / (4 * width * height))));
    this.leaving = new AbortController();
    this.sheets = new Map();
    this.held = 0;
    this.asked = new Map();
    this.ahead = [];
    this.underway = new Set();
    this.attempts = new Map();
    this.resting = new Set();
    this.requests = { asked: 0, ahead: 0 };
    this.timers = new Set();
    this.kindShown = new Map();
    // Of a key, the sheet it is on and where.
    this.places = new Map();
  }

  // The picture of a row as {bitmap, x, y, w, h}, a part of a sheet; null until it is here. The bitmap may be
  // closed at a later time: ask again for each drawing. kind: "picture" or "reconstruction".
  get(row, kind = "picture") {
    const key = keyOf(row, kind), place = this.places.get(key);
    if (place) {
      this.#touch(place.sheet);
      return place.part;
    }
    if (this.#isWanted(key, row)) {
      this.asked.delete(key);
      this.asked.set(key, { row, kind });
      if (this.asked.size > MOST_ASKED) this.asked.delete(this.asked.keys().next().value);
      this.#fetchSoon();
    }
    return null;
  }

  // Rows that may be asked for next, the most likely first. They take the place of those given before.
  want(rows, kind = "picture") {
    this.ahead = Array.from(rows, (row) => ({ row, kind })).slice(0, this.room / 2);
    this.#fetchSoon();
  }

  // What the pictures of a kind turned out to be: "original" or "reconstruction", undefined until one came.
  shown(kind = "picture") {
    return this.kindShown.get(kind);
  }

  stop() {
    this.leaving.abort();
    for (const timer of this.timers) clearTimeout(timer);
    for (const sheet of [...this.sheets.keys()]) this.#drop(sheet);
    this.asked.clear();
    this.ahead = [];
  }

  #isWanted(key, row) {
    const isRow = Number.isInteger(row) && row >= 0;
    const mayTry = (this.attempts.get(key) ?? 0) < ATTEMPTS && !this.resting.has(key);
    return isRow && mayTry && !this.places.has(key) && !this.underway.has(key) && !this.leaving.signal.aborted;
  }

  // All that is asked for in one drawing makes one batch.
  #fetchSoon() {
    if (this.soon) return;
    this.soon = true;
    queueMicrotask(() => {
      this.soon = false;
      this.#fetchNext();
    });
  }

  #fetchNext() {
    while (this.asked.size && this.requests.asked + this.requests.ahead < AT_ONCE) {
      const batch = this.#batch([...this.asked.values()].reverse());
      for (const key of batch.keys) this.asked.delete(key);
      if (!batch.rows.length) {
        this.asked.clear();
        break;
      }
      this.#fetch(batch, "asked");
    }
    while (this.ahead.length && this.requests.asked + this.requests.ahead < AHEAD_AT_ONCE) {
      const batch = this.#batch(this.ahead);
      if (!batch.rows.length) {
        this.ahead = [];
        break;
      }
      this.#fetch(batch, "ahead");
    }
  }

  // The first rows of one kind that are still wanted, in ascending order.
  #batch(entries) {
    const wanted = entries.filter(({ row, kind }) => this.#isWanted(keyOf(row, kind), row));
    const kind = wanted[0]?.kind;
    const chosen = wanted.filter((entry) => entry.kind === kind).map((entry) => entry.row);
    const rows = [...new Set(chosen)].slice(0, BATCH).sort((a, b) => a - b);
    return { kind, rows, keys: rows.map((row) => keyOf(row, kind)) };
  }

  async #fetch({ kind, rows, keys }, purpose) {
    const { signal } = this.leaving;
    this.requests[purpose]++;
    for (const key of keys) this.underway.add(key);
    let bitmap = null;
    try {
      const response = await fetch(`${this.url}/${kind}.png?rows=${rows.join(",")}`, { signal });
      if (!response.ok) throw new Error(`the pictures answered ${response.status}`);
      const shown = response.headers.get("X-Pictures");
      bitmap = await createImageBitmap(await response.blob());
      this.#check(bitmap, rows.length);
      if (shown) this.kindShown.set(kind, shown);
    } catch {
      bitmap?.close();
      bitmap = null;
    }
    if (signal.aborted) {
      bitmap?.close();
      return;
    }
    this.requests[purpose]--;
    for (const key of keys) this.underway.delete(key);
    if (bitmap) this.#keep(bitmap, rows, keys);
    else this.#retryLater(rows, kind, keys);
    this.#fetchNext();
    if (bitmap) this.onload(rows, kind);
  }

  #check(bitmap, count) {
    const across = Math.min(COLUMNS, count), down = Math.ceil(count / across);
    if (bitmap.width !== across * this.width || bitmap.height !== down * this.height) {
      throw new Error(`a sheet of ${bitmap.width} × ${bitmap.height} pixels does not hold ${count} pictures`);
    }
  }

  #keep(bitmap, rows, keys) {
    const { width, height } = this;
    const across = Math.min(COLUMNS, rows.length);
    const sheet = { bitmap, keys };
    keys.forEach((key, i) => {
      const part = { bitmap, x: (i % across) * width, y: Math.floor(i / across) * height, w: width, h: height };
      this.places.set(key, { sheet, part });
      this.asked.delete(key);
      this.attempts.delete(key);
    });
    this.sheets.set(sheet, true);
    this.held += keys.length;
    for (const oldest of this.sheets.keys()) {
      if (this.held <= this.room) break;
      this.#drop(oldest);
    }
  }

  // The sheet that was looked at last stays longest.
  #touch(sheet) {
    this.sheets.delete(sheet);
    this.sheets.set(sheet, true);
  }

  #drop(sheet) {
    this.sheets.delete(sheet);
    this.held -= sheet.keys.length;
    for (const key of sheet.keys) this.places.delete(key);
    sheet.bitmap.close();
  }

  // Once more after a while; a row that fails again stays without a picture.
  #retryLater(rows, kind, keys) {
    for (const key of keys) this.attempts.set(key, (this.attempts.get(key) ?? 0) + 1);
    for (const key of keys) this.resting.add(key);
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      for (const key of keys) this.resting.delete(key);
      for (const row of rows) this.get(row, kind);
    }, PAUSE);
    this.timers.add(timer);
  }
}

function keyOf(row, kind) {
  return `${kind} ${row}`;
}
