// Keys on a map: a crosshair to move, to pick with and to draw a box from.

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PIXELS = { near: 10, far: 50 };
const ZOOM = 1.5;

// on: {step(across, down) in pixels, pick(), zoom(factor), fit(), box(), escape(): whether there was
// anything to leave}.
export function followKeys(element, on) {
  element.onblur = () => delete element.dataset.pointer;
  element.onkeydown = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (!act(event)) return;
    delete element.dataset.pointer;
    event.preventDefault();
  };

  function act({ key, shiftKey }) {
    const step = STEPS[key];
    if (step) on.step(...step.map((each) => each * (shiftKey ? PIXELS.far : PIXELS.near)));
    else if (key === "Enter") on.pick();
    else if (key === "+" || key === "=") on.zoom(ZOOM);
    else if (key === "-" || key === "_") on.zoom(1 / ZOOM);
    else if (key === "0" || key === "Home") on.fit();
    else if (key === "b" || key === "B") on.box();
    else if (key === "Escape") return on.escape();
    else return false;
    return true;
  }
}
