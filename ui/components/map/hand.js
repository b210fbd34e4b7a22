// Mouse, finger and pen on a map: panning, zooming, hovering, tapping and drawing round points.

const STILL = { mouse: 4, touch: 10 };
const DOUBLE = { milliseconds: 350, pixels: 24 };
// A wheel that was scrolling the page goes on doing so when the map comes under the pointer.
const SCROLLING = 250;
const WHEEL = 0.0016;
const PINCH = 0.011;
const LINE = 30;
// A wheel with notches jumps by about a hundred pixels, a trackpad by a few.
const NOTCH = 50;
const LARGEST = 240;

// on: {tool(): "move", "box" or "lasso"; hover(left, top, event) and leave(); press(); tap(left, top,
// event); double(left, top); pan(across, down); zoom(left, top, factor, isStep); draw(left, top, phase)
// with the phases "start", "go", "end" and "cancel"}. Places are pixels from the upper left corner.
// Returns a function that lets go of everything.
export function followHand(element, on) {
  const pointers = new Map();
  const listening = new AbortController();
  let mode = null;
  let lastTap = null;
  let lastScroll = 0;

  function placeOf(event) {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  // Middle and distance of the two fingers.
  function spread() {
    const [[x0, y0], [x1, y1]] = [...pointers.values()].slice(0, 2).map(({ place }) => place);
    return { middle: [(x0 + x1) / 2, (y0 + y1) / 2], distance: Math.max(1, Math.hypot(x1 - x0, y1 - y0)) };
  }

  element.onpointerdown = (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    element.dataset.pointer = "";
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    const place = placeOf(event);
    pointers.set(event.pointerId, { place, start: place, hasMoved: false });
    on.press();
    if (pointers.size === 2) {
      if (mode === "draw") on.draw(...place, "cancel");
      mode = "pinch";
    } else if (pointers.size === 1) mode = "wait";
  };

  element.onpointermove = (event) => {
    const place = placeOf(event), pointer = pointers.get(event.pointerId);
    if (!pointer) {
      if (event.pointerType !== "touch" && !pointers.size) on.hover(...place, event);
      return;
    }
    const before = mode === "pinch" && pointers.size > 1 ? spread() : null;
    const [left, top] = pointer.place;
    pointer.place = place;
    if (before) {
      const after = spread();
      on.pan(after.middle[0] - before.middle[0], after.middle[1] - before.middle[1]);
      on.zoom(...after.middle, after.distance / before.distance, false);
      pointer.hasMoved = true;
      return;
    }
    if (mode === "wait") {
      const still = STILL[event.pointerType] ?? STILL.mouse;
      if (Math.hypot(place[0] - pointer.start[0], place[1] - pointer.start[1]) < still) return;
      pointer.hasMoved = true;
      mode = on.tool() === "move" ? "pan" : "draw";
      element.dataset.held = mode;
      if (mode === "draw") on.draw(...pointer.start, "start");
      else on.pan(place[0] - pointer.start[0], place[1] - pointer.start[1]);
    } else if (mode === "pan") on.pan(place[0] - left, place[1] - top);
    if (mode === "draw") on.draw(...place, "go");
  };

  function letGo(event, isCancelled) {
    const pointer = pointers.get(event.pointerId);
    if (!pointer) return;
    pointers.delete(event.pointerId);
    delete element.dataset.held;
    const place = placeOf(event);
    if (mode === "draw") on.draw(...place, isCancelled ? "cancel" : "end");
    else if (mode === "wait" && !isCancelled && !pointer.hasMoved) tap(pointer.start, event);
    // The finger that is left after a pinch moves the map on.
    mode = mode === "pinch" && pointers.size ? "pan" : pointers.size ? mode : null;
  }

  function tap(place, event) {
    const away = lastTap ? Math.hypot(place[0] - lastTap.place[0], place[1] - lastTap.place[1]) : Infinity;
    if (away < DOUBLE.pixels && event.timeStamp - lastTap.time < DOUBLE.milliseconds) {
      lastTap = null;
      on.double(...place);
      return;
    }
    lastTap = { place, time: event.timeStamp };
    on.tap(...place, event);
  }

  element.onpointerup = (event) => letGo(event, false);
  element.onpointercancel = (event) => letGo(event, true);
  element.onlostpointercapture = (event) => letGo(event, true);
  element.onpointerleave = (event) => {
    // A finger leaves whenever it is lifted.
    if (event.pointerType !== "touch" && !pointers.size) on.leave();
  };

  addEventListener("wheel", (event) => {
    if (!event.composedPath().includes(element)) lastScroll = event.timeStamp;
  }, { passive: true, capture: true, signal: listening.signal });
  element.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && event.timeStamp - lastScroll < SCROLLING) {
      lastScroll = event.timeStamp;
      return;
    }
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode ? LINE : 1);
    const bounded = Math.max(-LARGEST, Math.min(LARGEST, pixels));
    const factor = Math.exp(-bounded * (event.ctrlKey ? PINCH : WHEEL));
    on.zoom(...placeOf(event), factor, Math.abs(pixels) >= NOTCH && !event.ctrlKey);
  }, { passive: false, signal: listening.signal });

  return () => listening.abort();
}
