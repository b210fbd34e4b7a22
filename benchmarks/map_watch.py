"""What a page with a map is watched by: scripts for ours and for its rival, a stock Plotly chart.

Both fill ``window.seen`` with milliseconds: ``switches`` from each click on "Map" until the map is there;
``hovers`` from each move of the pointer until something is said of the point, and whether its pictures are
here; ``counted`` from letting go of a lasso until the browser has counted, and ``statistics`` until those of
another selection are on the screen; ``frames`` between frames while ``isOn``.
"""

_WATCH = """
(() => {
  const seen = { switches: [], hovers: [], counted: [], statistics: [], frames: [], isOn: false };
  window.seen = seen;
  let clicked = null, moved = null, lifted = null, last = null;
  addEventListener("click", (event) => {
    if (event.target.closest("a")?.pathname.endsWith("/Map")) clicked = performance.now();
  }, { capture: true });
  addEventListener("pointermove", () => { moved = performance.now(); }, { capture: true });
  addEventListener("pointerup", () => {
    lifted = { at: performance.now(), before: statistics() };
  }, { capture: true });
  function visible() {
    if (clicked !== null) seen.switches.push(performance.now() - clicked);
    clicked = null;
  }
  function hovering(isLoaded) {
    seen.hovers.push({ milliseconds: performance.now() - moved, isLoaded });
  }
  requestAnimationFrame(function look(now) {
    if (seen.isOn && last !== null) seen.frames.push(now - last);
    last = seen.isOn ? now : null;
    const shown = lifted && statistics();
    if (shown && isOther(shown, lifted.before)) {
      seen.statistics.push(performance.now() - lifted.at);
      lifted = null;
    }
    requestAnimationFrame(look);
  });
  // How many are selected and their mean picture: both must have changed.
  function isOther([count, picture], before) {
    return !before || (count !== before[0] && picture !== before[1]);
  }
"""
OURS = (
    _WATCH
    + """
  addEventListener("shown", visible);
  addEventListener("hovered", (event) => hovering(event.detail.loaded));
  addEventListener("counted", () => seen.counted.push(performance.now() - lifted.at));
  function statistics() {
    const heading = [...document.querySelectorAll("h3")].find((one) => one.textContent.endsWith(" selected"));
    const host = document.querySelector(".st-key-map-statistics");
    const root = host && [...host.querySelectorAll("*")].find((one) => one.shadowRoot)?.shadowRoot;
    const picture = root?.querySelector("[data-part=picture]")?.textContent;
    return heading && picture ? [heading.textContent, picture] : null;
  }
})();
"""
)
STOCKS = (
    _WATCH
    + """
  requestAnimationFrame(function look() {
    const plot = document.querySelector(".js-plotly-plot");
    const scene = plot?._fullLayout?._plots?.xy?._scene;
    if (plot?.querySelector(".gl-canvas") && scene?.dirty === false) visible();
    requestAnimationFrame(look);
  });
  new MutationObserver((changes) => {
    const added = changes.flatMap((change) => [...change.addedNodes]);
    if (added.some((node) => node.classList?.contains("hovertext"))) hovering(true);
  }).observe(document, { childList: true, subtree: true });
  function statistics() {
    const image = document.querySelector("[data-testid=stImage] img");
    const count = document.querySelector(".counted")?.textContent;
    return count && image?.complete && image.naturalWidth ? [count, image.src] : null;
  }
})();
"""
)
