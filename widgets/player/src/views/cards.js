// One small card for each row of a table; those in question are lit, the last one turns over.
//
// Mark "cards": `lit` (n numbers, 0 or 1), and `face`, the text of the card that turned over.

import { textWidth } from '../axes.js';
import { hatch, roleStyle } from '../roles.js';

const SHAPE = 0.72; // width of a card by its height
const unit = { x: [0, 1], y: [0, 1], z: [0, 1], names: null };

export default {
  kind: 'cards',
  ranges: () => unit,
  draw(ctx, frame, view, theme) {
    const mark = (frame.marks[view.id] ?? []).find((m) => m.type === 'cards');
    if (!mark) return;
    const place = layout(mark.lit.length, view.width, view.height);
    const style = roleStyle(mark.role, theme);
    const fill = mark.role === 'broken' ? hatch(ctx, style.color, 4) : style.color;
    mark.lit.forEach((lit, i) => {
      const x = (i % place.columns) * place.width;
      const y = Math.floor(i / place.columns) * place.height;
      drawCard(ctx, x, y, place, lit, style, fill, theme);
    });
    if (mark.face) drawFace(ctx, mark, place, style, view, theme);
  },
};

/** Columns and size of n cards that fill a box. */
function layout(n, width, height) {
  const columns = Math.max(1, Math.ceil(Math.sqrt((n * width) / (height * SHAPE))));
  const rows = Math.ceil(n / columns);
  return { columns, width: width / columns, height: Math.min(height / rows, width / columns / SHAPE) };
}

/** A fallen card is a flat grey stroke; a lit one stands. */
function drawCard(ctx, x, y, place, lit, style, fill, theme) {
  const gap = Math.min(2, place.width * 0.14);
  const [w, h] = [place.width - gap, place.height - gap];
  if (!lit) {
    ctx.fillStyle = theme.grid;
    ctx.fillRect(x, y + h * 0.62, w, h * 0.38);
    return;
  }
  ctx.fillStyle = fill;
  ctx.fillRect(x, y, w, h);
  ctx.strokeStyle = style.color;
  ctx.lineWidth = 1;
  ctx.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
}

/** The card that turned over, large, with a line to its place. */
function drawFace(ctx, mark, place, style, view, theme) {
  const lines = mark.face.split('\n');
  ctx.font = `${theme.size}px ${theme.family}`;
  const widest = Math.max(...lines.map((text) => textWidth(ctx, text)));
  const step = theme.size * 1.4;
  const w = Math.min(view.width - 8, widest + 28);
  const h = lines.length * step + 20;
  const at = mark.lit.findIndex((lit) => lit === 1);
  const cx = (at % place.columns + 0.5) * place.width;
  const cy = (Math.floor(at / place.columns) + 0.5) * place.height;
  const x = Math.min(Math.max(cx - w / 2, 4), view.width - w - 4);
  const below = cy < view.height / 2;
  const y = below ? Math.min(cy + place.height * 2, view.height - h - 4) : Math.max(4, cy - place.height * 2 - h);
  ctx.strokeStyle = style.color;
  ctx.lineWidth = 2 * theme.marks;
  ctx.beginPath();
  ctx.moveTo(cx, cy);
  ctx.lineTo(x + w / 2, below ? y : y + h);
  ctx.stroke();
  ctx.fillStyle = theme.paper;
  ctx.fillRect(x, y, w, h);
  ctx.strokeRect(x, y, w, h);
  ctx.fillStyle = theme.ink;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  lines.forEach((text, i) => {
    ctx.font = `${i ? '' : 'bold '}${theme.size}px ${theme.family}`;
    ctx.fillText(text, x + w / 2, y + 10 + (i + 0.5) * step, w - 12);
  });
}
