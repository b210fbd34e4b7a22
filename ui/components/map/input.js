// What hands and keys do to a map.

import { followHand } from "./hand.js";
import { followKeys } from "./keys.js";

const DOUBLE = 2;

// view: the MapView. Returns a function that lets go of everything.
export function followInput(element, view) {
  const { frames, hover, selection } = view;
  followKeys(element, {
    step: (across, down) => {
      const [left, top] = hover.step(across, down);
      if (left || top) frames.panBy(-left, -top);
      if (selection.start) selection.draw(...hover.crosshair, "go");
    },
    pick: () => view.pick(),
    zoom: (factor) => frames.zoomBy(factor, hover.crosshair ?? undefined),
    fit: () => frames.fit(),
    box: () => {
      if (!view.cloud) return;
      if (!hover.crosshair) hover.step(0, 0);
      selection.boxByKey(hover.crosshair);
    },
    escape: () => selection.escape() || hover.dropCrosshair(),
  });
  return followHand(element, {
    tool: () => view.tools.tool,
    press: () => hover.pressed(),
    hover: (left, top, event) => hover.point(left, top, event),
    leave: () => hover.leave(),
    pan: (across, down) => frames.panBy(across, down),
    zoom: (left, top, factor, isStep) => frames.zoomAt(left, top, factor, isStep),
    double: (left, top) => frames.zoomBy(DOUBLE, [left, top]),
    draw: (left, top, phase) => {
      if (view.cloud) selection.draw(left, top, phase, view.tools.tool === "box");
    },
    tap: (left, top, event) => {
      if (event.pointerType === "touch") hover.tapped(left, top, event);
      else hover.point(left, top, event);
      view.pick();
    },
  });
}
