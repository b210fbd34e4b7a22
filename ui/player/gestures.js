// Mouse, finger, pen and keys on one element, as moves of a point. Handlers are assigned, not added,
// so that a second call replaces the first.

const KEY_STEPS = 60;
const DOUBLE_CLICK = { milliseconds: 350, pixels: 24 };
const SETTLE = 250;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// plane: where one can go; current(): coordinates now; move(coordinates) during a motion;
// release() once at its end. Returns a function that ends a motion by keys at once.
export function followGestures(element, { plane, current, move, release }) {
  let lastPress = null;
  let held = null;
  let settling = 0;
  delete element.dataset.held;

  // A motion by keys ends a moment after the last of them.
  function settle() {
    if (!settling) return;
    clearTimeout(settling);
    settling = 0;
    release();
  }

  function follow(event) {
    const box = element.getBoundingClientRect();
    move(plane.fromShares((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height));
  }

  function isDouble(event) {
    const near = lastPress && Math.hypot(event.clientX - lastPress.x, event.clientY - lastPress.y);
    return near !== null && near < DOUBLE_CLICK.pixels
      && event.timeStamp - lastPress.time < DOUBLE_CLICK.milliseconds;
  }

  function letGo(event) {
    if (event.pointerId !== held) return;
    held = null;
    delete element.dataset.held;
    release();
  }

  element.onpointerdown = (event) => {
    if (event.button !== 0 || held !== null) return;
    event.preventDefault();
    // The frame of the focus is for keys; a hand needs none.
    element.dataset.pointer = "";
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    if (isDouble(event)) {
      lastPress = null;
      move(plane.centre);
      release();
      return;
    }
    lastPress = { x: event.clientX, y: event.clientY, time: event.timeStamp };
    held = event.pointerId;
    element.dataset.held = "";
    follow(event);
  };
  element.onpointermove = (event) => {
    if (event.pointerId !== held) return;
    if (event.buttons) follow(event);
    else letGo(event);
  };
  element.onpointerup = letGo;
  element.onpointercancel = letGo;
  element.onlostpointercapture = letGo;
  element.onblur = () => {
    delete element.dataset.pointer;
    settle();
  };

  element.onkeydown = (event) => {
    delete element.dataset.pointer;
    if (held !== null || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = ARROWS[event.key];
    if (event.key === "Home") move(plane.centre);
    else if (step) {
      const share = (event.shiftKey ? 5 : 1) / KEY_STEPS;
      move(current().map((value, axis) => {
        if (!step[axis]) return value;
        const [low, high] = plane.ranges[axis];
        return plane.clamp(value + step[axis] * share * (high - low), axis);
      }));
    } else return;
    event.preventDefault();
    clearTimeout(settling);
    settling = setTimeout(settle, SETTLE);
  };
  return settle;
}
