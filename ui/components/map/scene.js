// What a frame of the map shows, and what is said of it.

// Everything that a frame is drawn from; view: the MapView.
export function sceneOf(view) {
  const { data, camera, cloud, values, levels, colours, picked, tools } = view;
  return {
    ...{ camera, cloud, values, levels, colours, picked, x: view.shownAt.x, y: view.shownAt.y },
    axes: data.axes,
    marks: data.marks,
    categories: data.column.categories?.length ?? 0,
    hidden: view.legend.hidden,
    hasPale: Boolean(view.selection.marked),
    thumbnails: tools.isOn("pictures") && !view.isFlying ? view.thumbnails : null,
    histograms: tools.isOn("histograms"),
    backdrop: tools.isOn("plane") ? data.backdrop : null,
    contours: view.isFlying ? null : view.contourPaths,
    levelLines: view.levelLines,
    outline: view.selection.outline,
  };
}

// What assistive technology says of the map.
export function description({ name, count, column, axes }) {
  const where = axes ? `, ${axes[0]} across and ${axes[1]} upwards` : "";
  return (
    `Map of ${name}: ${count.toLocaleString("en")} pictures as points, coloured by ${column.name}${where}. ` +
    "Arrow keys move a crosshair, Shift farther; Enter picks the point under it, plus and minus zoom, " +
    "0 shows all, B begins and ends a box, Escape clears."
  );
}
