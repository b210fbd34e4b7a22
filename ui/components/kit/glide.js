// From one code to another in a short, straight, eased motion, so that the eye keeps hold of it.

const MILLISECONDS = 320;

// move(z) at every frame, arrived() at the end; at once where motion is not wanted. Returns a function
// that stops on the way.
export function glide(from, to, move, arrived) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (calm || document.hidden || from.every((value, i) => value === to[i])) {
    arrived();
    return () => {};
  }
  const started = performance.now();
  let frame = requestAnimationFrame(function step(now) {
    const share = Math.min(1, Math.max(0, now - started) / MILLISECONDS);
    if (share === 1) {
      arrived();
      return;
    }
    const eased = share * share * (3 - 2 * share);
    move(from.map((value, i) => value + eased * (to[i] - value)));
    frame = requestAnimationFrame(step);
  });
  return () => cancelAnimationFrame(frame);
}
