// Draw the marks that the axes views share: points, line, bars, rule, spans, veil.

import { line } from './axes.js';
import { CROWD, copyPoints, markerSprite, stampPoints } from './points.js';
import { drawMarker, hatch, roleStyle } from './roles.js';

export const SHADE = 0.3; // of a stretch: curves and grid lines stay readable on it

/** Draw marks inside the axes; `plot` is what `drawAxes` returned. */
export function drawMarks(ctx, marks, plot, theme) {
  const { area } = plot;
  for (const mark of marks) {
    const margin = mark.type === 'points' ? 6 * theme.marks : 2; // a point on the edge stays whole
    ctx.save();
    ctx.beginPath();
    ctx.rect(area.left - margin, area.top - margin,
      area.right - area.left + 2 * margin, area.bottom - area.top + 2 * margin);
    ctx.clip();
    DRAW[mark.type]?.(ctx, mark, plot, theme);
    ctx.restore();
  }
}

const DRAW = {
  points: drawPoints, line: drawLine, bars: drawBars, rule: drawRule, spans: drawSpans, veil: drawVeil,
};

function drawPoints(ctx, mark, plot, theme) {
  const style = roleStyle(mark.role, theme);
  const crowded = mark.x.length > CROWD;
  const radius = (crowded ? 2.4 : mark.x.length > 40 ? 3.4 : 5) * theme.marks;
  const sprite = markerSprite(style, radius, theme.ratio);
  if (crowded) stampPoints(ctx, mark, plot, theme, sprite);
  else copyPoints(ctx, mark, plot, theme, sprite);
}

function drawLine(ctx, mark, { x, y }, theme) {
  const style = roleStyle(mark.role, theme);
  if (mark.low) drawBand(ctx, mark, x, y, style);
  ctx.strokeStyle = style.color;
  ctx.lineWidth = style.width * theme.marks;
  ctx.setLineDash(style.dash);
  ctx.lineJoin = 'round';
  ctx.beginPath();
  let drawing = false;
  for (let i = 0; i < mark.x.length; i += 1) {
    const gone = mark.x[i] === null || mark.y[i] === null;
    if (gone) drawing = false;
    else if (drawing) ctx.lineTo(x(mark.x[i]), y(mark.y[i]));
    else {
      ctx.moveTo(x(mark.x[i]), y(mark.y[i]));
      drawing = true;
    }
  }
  ctx.stroke();
  ctx.setLineDash([]);
  if (mark.x.length === 1 && mark.y[0] !== null) {
    drawMarker(ctx, style, x(mark.x[0]), y(mark.y[0]), 4 * theme.marks);
  }
}

function drawBand(ctx, mark, x, y, style) {
  const known = mark.x.map((_, i) => i).filter(
    (i) => mark.x[i] !== null && mark.low[i] !== null && mark.high[i] !== null,
  );
  ctx.beginPath();
  known.forEach((i) => ctx.lineTo(x(mark.x[i]), y(mark.high[i])));
  known.reverse().forEach((i) => ctx.lineTo(x(mark.x[i]), y(mark.low[i])));
  ctx.closePath();
  ctx.globalAlpha = 0.22;
  ctx.fillStyle = style.color;
  ctx.fill();
  ctx.globalAlpha = 1;
}

/** Filled for synthetic, outlined for real and truth: two histograms on each other stay apart. */
function drawBars(ctx, mark, { x, y }, theme) {
  const style = roleStyle(mark.role, theme);
  const named = typeof mark.edges[0] === 'string';
  const zero = y(0);
  ctx.lineWidth = 1.6 * theme.marks;
  ctx.strokeStyle = style.color;
  const outlined = ['truth', 'holdout', 'prediction'].includes(mark.role);
  ctx.fillStyle = mark.role === 'broken' ? hatch(ctx, style.color) : style.color;
  ctx.setLineDash(style.dash);
  mark.heights.forEach((height, i) => {
    if (height === null) return;
    const from = x(named ? i + 0.12 : mark.edges[i]);
    const to = x(named ? i + 0.88 : mark.edges[i + 1]);
    const gap = to - from > 6 ? 0.5 : 0;
    const box = [from + gap, Math.min(zero, y(height)), to - from - 2 * gap, Math.abs(zero - y(height))];
    if (!outlined) {
      ctx.globalAlpha = mark.role === 'real' ? 0.3 : 0.5;
      ctx.fillRect(...box);
      ctx.globalAlpha = 1;
    }
    ctx.strokeRect(...box);
  });
  ctx.setLineDash([]);
}

/** A straight line across the plot at one value. */
function drawRule(ctx, mark, { x, y, area }, theme) {
  const style = roleStyle(mark.role, theme);
  ctx.strokeStyle = style.color;
  ctx.lineWidth = style.width * theme.marks;
  ctx.setLineDash(style.dash);
  ctx.beginPath();
  if (mark.axis === 'x') {
    ctx.moveTo(x(mark.at), area.top);
    ctx.lineTo(x(mark.at), area.bottom);
  } else {
    ctx.moveTo(area.left, y(mark.at));
    ctx.lineTo(area.right, y(mark.at));
  }
  ctx.stroke();
  ctx.setLineDash([]);
}

/** Stretches from `x` to `x_end`, shaded over the whole height: recessions, nights. */
function drawSpans(ctx, mark, { x, area }, theme) {
  const style = roleStyle(mark.role, theme);
  ctx.fillStyle = mark.role === 'broken' ? hatch(ctx, style.color) : style.color;
  ctx.globalAlpha = SHADE;
  mark.x.forEach((from, i) => {
    const left = x(from);
    const width = Math.max(x(mark.x_end[i]) - left, 1);
    ctx.fillRect(left, area.top, width, area.bottom - area.top);
  });
  ctx.globalAlpha = 1;
}

/** Cover what has not happened yet: all of the picture beyond the veil's x. */
function drawVeil(ctx, mark, { x, area }, theme) {
  const from = x(mark.x[0]);
  if (from >= area.right) return;
  ctx.fillStyle = theme.paper;
  ctx.fillRect(from, area.top, area.right - from, area.bottom - area.top);
  ctx.strokeStyle = theme.axis;
  ctx.lineWidth = 1;
  line(ctx, from, area.top, from, area.bottom);
}
