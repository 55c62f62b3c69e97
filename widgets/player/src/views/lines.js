// Curves, each named at its right end where there is room.

import { drawAxes, shorten, textWidth } from '../axes.js';
import { drawMarks } from '../marks.js';
import { roleStyle } from '../roles.js';

const WIDE = 420; // below this width in CSS pixels the labels stand in the key alone

export default {
  kind: 'lines',
  /** The key above the picture leaves out what the picture names itself. */
  labelsItself: (mark, width) => width >= WIDE && mark.type === 'line',
  draw(ctx, frame, view, theme) {
    const marks = frame.marks[view.id] ?? [];
    ctx.font = `${theme.small}px ${theme.family}`;
    const named = view.width >= WIDE ? marks.filter((m) => m.type === 'line' && m.label) : [];
    const widest = Math.max(0, ...named.map((m) => textWidth(ctx, m.label)));
    const right = named.length ? Math.min(widest + 12, view.width * 0.32) : 0;
    const plot = drawAxes(ctx, view, theme, { right });
    drawMarks(ctx, marks, plot, theme);
    drawLabels(ctx, named, plot, theme, right);
  },
};

/** Put each label beside its line's end, pushed apart where two would touch. */
function drawLabels(ctx, named, { area, x, y }, theme, right) {
  const height = theme.small * 1.25;
  const labels = named
    .map((mark) => ({ mark, end: lastPoint(mark) }))
    .filter(({ end }) => end)
    .map(({ mark, end }) => ({
      mark,
      from: [Math.min(x(end.x), area.right), clamp(y(end.y), area.top, area.bottom)],
    }))
    .map((label) => ({ ...label, at: label.from[1] }))
    .sort((a, b) => a.at - b.at);
  labels.forEach((label, i) => {
    if (i) label.at = Math.max(label.at, labels[i - 1].at + height);
  });
  let limit = area.bottom;
  for (const label of [...labels].reverse()) {
    label.at = Math.min(label.at, limit);
    limit = label.at - height;
  }
  ctx.font = `${theme.small}px ${theme.family}`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  for (const { mark, at, from } of labels) {
    ctx.strokeStyle = roleStyle(mark.role, theme).color;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(...from);
    ctx.lineTo(from[0] + 6, at);
    ctx.stroke();
    ctx.fillStyle = theme.ink;
    ctx.fillText(shorten(ctx, mark.label, right - 10), from[0] + 9, at);
  }
}

function lastPoint(mark) {
  for (let i = mark.x.length - 1; i >= 0; i -= 1) {
    if (mark.x[i] !== null && mark.y[i] !== null) return { x: mark.x[i], y: mark.y[i] };
  }
  return null;
}

function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}
