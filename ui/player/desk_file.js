// The large picture of a desk as a file, large enough to be looked at.

import { download, pngOf } from "./map_export.js";

const SIDE = 512;

// title: what the file is called; names: of the concepts, at these strengths.
export async function savePicture(canvas, title, names, strengths) {
  const scale = Math.max(1, Math.round(SIDE / canvas.width));
  const draw = (context) => {
    context.imageSmoothingEnabled = false;
    context.scale(scale, scale);
    context.drawImage(canvas, 0, 0);
  };
  const set = names.flatMap((name, k) => (strengths[k] ? [`${name} ${strengths[k]}`] : []));
  download(await pngOf(draw, scale * canvas.width, scale * canvas.height), `${[title, ...set].join(" ")}.png`);
}
