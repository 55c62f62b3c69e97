// Points, few or thousands of them.

import { drawMarker } from './roles.js';

/** More points than this are stamped into the picture's pixels instead of drawn one by one. */
export const CROWD = 400;
const CROWD_ALPHA = 0.6;

const sprites = new Map();

/** Return a marker drawn once: its canvas, its side in pixels, and how opaque each pixel is. */
export function markerSprite(style, radius, ratio) {
  const key = `${style.color} ${style.shape} ${radius} ${ratio}`;
  let sprite = sprites.get(key);
  if (!sprite) {
    const canvas = document.createElement('canvas');
    const side = Math.ceil(2 * (radius * 1.5 + 1) * ratio);
    canvas.width = canvas.height = side;
    const pen = canvas.getContext('2d', { willReadFrequently: true });
    pen.scale(ratio, ratio);
    drawMarker(pen, style, side / ratio / 2, side / ratio / 2, radius);
    const { data } = pen.getImageData(0, 0, side, side);
    const alpha = Float32Array.from({ length: side * side }, (_, i) => (data[4 * i + 3] / 255) * CROWD_ALPHA);
    pen.fillStyle = style.color;
    pen.fillRect(0, 0, 1, 1);
    sprite = { canvas, side, alpha, rgb: [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3) };
    pen.clearRect(0, 0, 1, 1);
    if (sprites.size > 60) sprites.clear();
    sprites.set(key, sprite);
  }
  return sprite;
}

/** Copy the marker to each point: exact to a fraction of a pixel. */
export function copyPoints(ctx, mark, { x, y }, theme, sprite) {
  const side = sprite.side / theme.ratio;
  ctx.globalAlpha = 0.85;
  for (let i = 0; i < mark.x.length; i += 1) {
    if (mark.x[i] === null || mark.y[i] === null) continue;
    ctx.drawImage(sprite.canvas, x(mark.x[i]) - side / 2, y(mark.y[i]) - side / 2, side, side);
  }
  ctx.globalAlpha = 1;
}

/**
 * Stamp the markers into one layer of pixels and lay it over the picture. All have one colour, so
 * only the opacity of each pixel is summed up. Several times faster than one drawing call a point.
 */
export function stampPoints(ctx, mark, { x, y }, theme, sprite) {
  const { width, height } = ctx.canvas;
  const opacity = new Float32Array(width * height);
  const { side, alpha } = sprite;
  for (let i = 0; i < mark.x.length; i += 1) {
    if (mark.x[i] === null || mark.y[i] === null) continue;
    const left = Math.round(x(mark.x[i]) * theme.ratio - side / 2);
    const top = Math.round(y(mark.y[i]) * theme.ratio - side / 2);
    if (!(left >= 0 && top >= 0 && left + side <= width && top + side <= height)) continue;
    for (let row = 0; row < side; row += 1) {
      let to = (top + row) * width + left;
      for (let from = row * side; from < (row + 1) * side; from += 1, to += 1) {
        opacity[to] += alpha[from] * (1 - opacity[to]);
      }
    }
  }
  const layer = document.createElement('canvas');
  layer.width = width;
  layer.height = height;
  const pen = layer.getContext('2d');
  const image = pen.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const [r, g, b] = sprite.rgb;
  const colour = (b << 16) | (g << 8) | r; // little-endian, as every browser's machine is
  for (let i = 0; i < opacity.length; i += 1) {
    if (opacity[i] > 0) pixels[i] = colour | (Math.round(opacity[i] * 255) << 24);
  }
  pen.putImageData(image, 0, 0);
  ctx.drawImage(layer, 0, 0, width / theme.ratio, height / theme.ratio);
}
