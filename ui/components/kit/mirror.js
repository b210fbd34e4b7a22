// A small copy of the picture in the corner while the large one is out of view: whatever moves the
// point, one sees it.

export function mirror(button, canvas) {
  const copy = button.querySelector("canvas");
  const context = copy.getContext("2d");
  const draw = () => {
    if (button.hidden) return;
    if (copy.width !== canvas.width) copy.width = canvas.width;
    if (copy.height !== canvas.height) copy.height = canvas.height;
    context.drawImage(canvas, 0, 0);
  };
  const observer = new IntersectionObserver(([{ isIntersecting, boundingClientRect }]) => {
    // Above the window: further down the page, not on another one.
    button.hidden = isIntersecting || boundingClientRect.bottom > 0;
    draw();
  });
  observer.observe(canvas);
  canvas.addEventListener("drawn", draw);
  button.onclick = () => canvas.scrollIntoView({ behavior: "smooth", block: "center" });
  return () => {
    observer.disconnect();
    canvas.removeEventListener("drawn", draw);
  };
}
