// A field of numbers as colours, with the bar that reads them back.

import { drawAxes, shorten, textWidth } from '../axes.js';
import { colourAt, colourMap, colourRange, drawGrid } from '../grid.js';
import { drawMarks } from '../marks.js';
import { format, ticks } from '../scale.js';

export default {
  kind: 'heatmap',
  draw(ctx, frame, view, theme) {
    const marks = frame.marks[view.id] ?? [];
    const grid = marks.find((mark) => mark.type === 'grid');
    ctx.font = `${theme.small}px ${theme.family}`;
    const values = ticks(...colourRange(view.ranges.z), 4);
    const texts = values.map((v) => format(v));
    const widest = Math.max(...texts.map((t) => textWidth(ctx, t)));
    const right = 32 + widest + (view.z_label ? theme.small + 6 : 0);
    const plot = drawAxes(ctx, view, theme, { right, xNames: grid?.x_names, yNames: grid?.y_names });
    for (const mark of marks) if (mark.type === 'grid') drawGrid(ctx, mark, plot, view, theme);
    drawMarks(ctx, marks, plot, theme);
    drawBar(ctx, plot.area, view, theme, values, texts);
  },
};

function drawBar(ctx, area, view, theme, values, texts) {
  const [low, high] = colourRange(view.ranges.z);
  const map = colourMap(view.ranges.z);
  const left = area.right + 12;
  const height = area.bottom - area.top;
  for (let i = 0; i < height; i += 1) {
    ctx.fillStyle = `rgb(${colourAt(map, 1 - i / height).join(',')})`;
    ctx.fillRect(left, area.top + i, 10, 1.5);
  }
  ctx.font = `${theme.small}px ${theme.family}`;
  ctx.fillStyle = theme.ink;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  values.forEach((value, i) => {
    const at = area.bottom - ((value - low) / (high - low || 1)) * height;
    ctx.fillText(texts[i], left + 15, at);
  });
  if (!view.z_label) return;
  ctx.save();
  ctx.translate(view.width - 1, (area.top + area.bottom) / 2);
  ctx.rotate(-Math.PI / 2);
  ctx.textAlign = 'center';
  ctx.textBaseline = 'bottom';
  ctx.fillText(shorten(ctx, view.z_label, height), 0, 0);
  ctx.restore();
}
