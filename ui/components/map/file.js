// A map as a file to keep: pixels or shapes, as it is on the screen.

import { download } from "../kit/files.js";
import { pngOf, svgOf } from "./export.js";
import { axisTicks } from "./overlay.js";
import { pointOpacity, pointRadius } from "./drawing.js";

const SHARPNESS = 2;

// view: the MapView; kind: "png" or "svg".
export async function saveMap(view, kind) {
  if (!view.cloud) return;
  const { scene, drawing, data, counts } = view;
  drawing.frame(scene, false);
  const { ink } = drawing;
  const name = `${data.name} ${data.column.name} map.${kind}`;
  if (kind === "svg") {
    const svg = svgOf({ ...shapesOf(scene, data, counts), ink: ink.text, background: ink.ground });
    download(new Blob([svg], { type: "image/svg+xml" }), name);
    return;
  }
  const draw = (context) => {
    context.scale(SHARPNESS, SHARPNESS);
    drawing.compose(context, scene);
  };
  const size = [scene.camera.width, scene.camera.height].map((side) => Math.round(side * SHARPNESS));
  download(await pngOf(draw, ...size, ink.ground), name);
}

function shapesOf(scene, data, counts) {
  const { camera, cloud, colours, values, levels } = scene;
  const { column } = data;
  const entries = column.categories
    ?.map((name, value) => ({ name, colour: colours.css[value], count: counts[value] }))
    .filter((_, value) => !scene.hidden.has(value));
  const ramp = { low: column.low, high: column.high, colours: column.colours };
  return {
    title: `${data.name}: ${column.name}`,
    description: `${data.count.toLocaleString("en")} pictures as points, coloured by ${column.name}`,
    width: Math.round(camera.width),
    height: Math.round(camera.height),
    xs: scene.x,
    ys: scene.y,
    view: camera.view,
    values,
    colours: colours.css,
    neutral: colours.neutral,
    mask: levels,
    radius: +pointRadius(cloud.count, camera).toFixed(1),
    opacity: +pointOpacity(cloud.count, camera).toFixed(2),
    legend: { name: column.name, ...(entries ? { entries } : ramp) },
    axes: scene.axes ? { names: scene.axes, ticks: axisTicks(camera) } : null,
    marks: scene.marks.map(([x, y, label, kind]) => ({ x, y, label, kind })),
    contours: scene.levelLines,
  };
}
