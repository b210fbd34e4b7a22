// Mouse, finger, pen and keys on one element, as moves of a point. Handlers are assigned, not added,
// so that a second call replaces the first.

const KEY_STEPS = 60;
const DOUBLE_CLICK = { milliseconds: 350, pixels: 24 };
const SETTLE = 250;

// place: a Plane or a Line, where one can go; current(): coordinates now; take() before a motion begins
// or goes on, where a glide may be under way; move(coordinates) during a motion; release() once at its
// end; cancel(start) where the browser took a touch away to scroll. Returns a function that ends a
// motion by keys at once: with release, or without it ("quietly").
export function followGestures(
  element,
  { place, current, take = () => {}, move, release, cancel = release },
) {
  let lastPress = null;
  let held = null;
  let start = null;
  let settling = 0;
  delete element.dataset.held;

  // A motion by keys ends a moment after the last of them.
  function settle(quietly = false) {
    if (!settling) return;
    clearTimeout(settling);
    settling = 0;
    if (!quietly) release();
  }

  function follow(event) {
    const box = element.getBoundingClientRect();
    move(place.fromShares((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height));
  }

  function isDouble(event) {
    const near = lastPress && Math.hypot(event.clientX - lastPress.x, event.clientY - lastPress.y);
    return near !== null && near < DOUBLE_CLICK.pixels
      && event.timeStamp - lastPress.time < DOUBLE_CLICK.milliseconds;
  }

  function letGo(event, end = release) {
    if (event.pointerId !== held) return;
    held = null;
    delete element.dataset.held;
    end(start);
  }

  element.onpointerdown = (event) => {
    if (event.button !== 0 || held !== null) return;
    event.preventDefault();
    // The frame of the focus is for keys; a hand needs none.
    element.dataset.pointer = "";
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    take();
    if (isDouble(event)) {
      lastPress = null;
      move(place.centre);
      release();
      return;
    }
    lastPress = { x: event.clientX, y: event.clientY, time: event.timeStamp };
    held = event.pointerId;
    start = current();
    element.dataset.held = "";
    follow(event);
  };
  element.onpointermove = (event) => {
    if (event.pointerId !== held) return;
    if (event.buttons) follow(event);
    else letGo(event);
  };
  element.onpointerup = (event) => letGo(event);
  element.onlostpointercapture = (event) => letGo(event);
  element.onpointercancel = (event) => letGo(event, cancel);
  element.onblur = () => {
    delete element.dataset.pointer;
    settle();
  };

  element.onkeydown = (event) => {
    delete element.dataset.pointer;
    if (held !== null || event.altKey || event.ctrlKey || event.metaKey) return;
    const stepped = () => place.stepped(current(), event.key, (event.shiftKey ? 5 : 1) / KEY_STEPS);
    if (!stepped()) return;
    take();
    move(stepped());
    event.preventDefault();
    clearTimeout(settling);
    settling = setTimeout(() => settle(), SETTLE);
  };
  return settle;
}
