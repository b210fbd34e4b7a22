// A box beside what it belongs to.

// Pixels around the box and between it and its cell.
export const MARGIN = 12;

// Where a box of that size stands beside a cell: right, left, above or below of it, inside the window.
export function previewPlace(cell, [width, height], [windowWidth, windowHeight]) {
  const inside = (value, size, all) => Math.max(MARGIN, Math.min(value, all - size - MARGIN));
  const middleX = inside((cell.left + cell.right - width) / 2, width, windowWidth);
  const middleY = inside((cell.top + cell.bottom - height) / 2, height, windowHeight);
  if (cell.right + MARGIN + width + MARGIN <= windowWidth) return [cell.right + MARGIN, middleY];
  if (cell.left - MARGIN - width >= MARGIN) return [cell.left - MARGIN - width, middleY];
  if (cell.top - MARGIN - height >= MARGIN) return [middleX, cell.top - MARGIN - height];
  return [middleX, inside(cell.bottom + MARGIN, height, windowHeight)];
}
