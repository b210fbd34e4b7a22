// Pictures in the place of points, where few enough are in view and there is room.

const MOST = 320;
const SIZES = { least: 24, most: 72, step: 8 };
// Of the room that a point has, the share that its picture takes.
const SHARE = 0.72;
const BORDER = 2;

export class Thumbnails {
  // shape: [height, width] of a picture in its own pixels.
  constructor(pictures, [height, width]) {
    Object.assign(this, { pictures, height, width, scale: null, size: 0 });
  }

  // The slots that are shown as pictures now, as [{slot, left, top, part}] with `size` the longer side
  // in CSS pixels; points whose picture is still on its way are left out. [] where there is no room.
  choose(cloud, camera, levels) {
    const margin = this.size / camera.scale;
    const { x0, x1, y0, y1 } = camera.view;
    const around = { x0: x0 - margin, x1: x1 + margin, y0: y0 - margin, y1: y1 + margin };
    const slots = cloud.within(around, levels, MOST);
    if (!slots?.length) return [];
    this.#chooseSize(slots.length, camera);
    if (!this.size) return [];
    return this.#apart(slots, cloud, camera)
      .map((place) => ({ ...place, part: this.pictures.get(cloud.rows[place.slot], "picture") }))
      .filter(({ part }) => part);
  }

  // [width, height] on the screen.
  get pictureSize() {
    return [this.width, this.height].map((side) => (this.size * side) / Math.max(this.width, this.height));
  }

  draw(context, chosen, colourOf, levels) {
    const [width, height] = this.pictureSize;
    context.save();
    for (const { slot, left, top, part: { bitmap, x, y, w, h } } of chosen) {
      const corner = [Math.round(left - width / 2), Math.round(top - height / 2)];
      context.globalAlpha = levels[slot] === 1 ? 1 : 0.25;
      context.fillStyle = colourOf(slot);
      context.fillRect(corner[0] - BORDER, corner[1] - BORDER, width + 2 * BORDER, height + 2 * BORDER);
      context.imageSmoothingEnabled = width < w;
      context.drawImage(bitmap, x, y, w, h, ...corner, width, height);
    }
    context.restore();
  }

  // Panning changes how many are in view, but must not make them breathe: the size goes with the scale.
  #chooseSize(count, camera) {
    if (this.scale === camera.scale && this.size) return;
    this.scale = camera.scale;
    const room = SHARE * Math.sqrt((camera.width * camera.height) / count);
    const size = SIZES.step * Math.floor(Math.min(SIZES.most, room) / SIZES.step);
    this.size = size < SIZES.least ? 0 : size;
  }

  // The first of all that would overlap: always the same ones, wherever the window is.
  #apart(slots, cloud, camera) {
    const space = this.size + 2 * BORDER + 2;
    const taken = new Map();
    const places = [];
    for (const slot of slots) {
      const [left, top] = camera.toScreen(cloud.x[slot], cloud.y[slot]);
      const column = Math.floor(left / space), row = Math.floor(top / space);
      let isFree = true;
      for (let i = 0; i < 9 && isFree; i++) {
        const other = taken.get(`${column + (i % 3) - 1} ${row + Math.floor(i / 3) - 1}`);
        isFree = !other || Math.abs(other.left - left) >= space || Math.abs(other.top - top) >= space;
      }
      if (!isFree) continue;
      const place = { slot, left, top };
      taken.set(`${column} ${row}`, place);
      places.push(place);
    }
    return places;
  }
}
