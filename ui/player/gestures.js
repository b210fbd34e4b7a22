// Mouse, finger, pen and keys on one element, as moves of a point. Handlers are assigned, not added,
// so that a second call replaces the first.

const KEY_STEPS = 60;
const DOUBLE_CLICK = { milliseconds: 350, pixels: 24 };
const SETTLE = 250;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// plane: where one can go; current(): coordinates now; move(coordinates) during a motion;
// release() once at its end.
export function followGestures(element, { plane, current, move, release }) {
  let lastPress = null;
  let held = null;
  let settling = 0;

  function follow(event) {
    const box = element.getBoundingClientRect();
    move(plane.fromShares((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height));
  }

  function isDouble(event) {
    const near = lastPress && Math.hypot(event.clientX - lastPress.x, event.clientY - lastPress.y);
    return near !== null && near < DOUBLE_CLICK.pixels
      && event.timeStamp - lastPress.time < DOUBLE_CLICK.milliseconds;
  }

  element.onpointerdown = (event) => {
    if (event.button !== 0 || held !== null) return;
    event.preventDefault();
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
    if (event.pointerId === held) follow(event);
  };
  const letGo = (event) => {
    if (event.pointerId !== held) return;
    held = null;
    delete element.dataset.held;
    release();
  };
  element.onpointerup = letGo;
  element.onpointercancel = letGo;

  element.onkeydown = (event) => {
    const step = ARROWS[event.key];
    if (event.key === "Home") move(plane.centre);
    else if (step) {
      const share = (event.shiftKey ? 5 : 1) / KEY_STEPS;
      move(current().map((value, axis) => {
        const [low, high] = plane.ranges[axis];
        return plane.clamp(value + step[axis] * share * (high - low), axis);
      }));
    } else return;
    event.preventDefault();
    clearTimeout(settling);
    settling = setTimeout(release, SETTLE);
  };
}
