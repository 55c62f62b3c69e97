// The frame of a plot: margins, axes with round numbers and labels, and the two scales.

import { format, scale, ticks } from './scale.js';

const ANGLE = Math.PI / 4.5; // names that are turned rise by 40 degrees
const SIN = Math.sin(ANGLE);
const COS = Math.cos(ANGLE);

/**
 * Draw the axes of a view and return where and how to draw inside them.
 * @param {CanvasRenderingContext2D} ctx  in CSS pixels
 * @param {object} view  a View of the trace with `width`, `height`, `ranges`
 * @param {object} theme
 * @param {{right?: number}} room  more margin on the right, for labels or a colour bar
 */
export function drawAxes(ctx, view, theme, room = {}) {
  const { ranges } = view;
  const size = theme.small;
  ctx.font = `${size}px ${theme.family}`;
  const yCount = Math.max(2, Math.floor(view.height / (size * 4)));
  const yTicks = room.yNames ? [] : ticks(...ranges.y, yCount, view.y_scale);
  const yTexts = yTicks.map((v) => format(v));
  const yWidest = Math.max(0, ...[...yTexts, ...(room.yNames ?? [])].map((t) => textWidth(ctx, t)));
  const left = Math.ceil(Math.min(yWidest, view.width * 0.3) + 10 + (view.y_label ? size + 8 : 0));
  const names = room.xNames ?? ranges.names;
  const right = Math.max(room.right ?? 0, size);
  // Names that don't fit side by side are turned.
  const nameRoom = names ? (view.width - left - right) / names.length - 6 : 0;
  const longest = names ? Math.max(...names.map((t) => textWidth(ctx, t))) : 0;
  const turned = longest > nameRoom;
  const deep = turned ? Math.min(longest * SIN + size * COS, view.height * 0.36) : size;
  const bottom = Math.ceil(deep + 10 + (view.x_label ? size + 7 : 0));
  const area = {
    left,
    right: view.width - right,
    top: Math.ceil(size * 0.8),
    bottom: view.height - bottom,
  };
  const x = scale(ranges.x, [area.left, area.right], view.x_scale);
  const y = scale(ranges.y, [area.bottom, area.top], view.y_scale);

  ctx.strokeStyle = theme.grid;
  ctx.lineWidth = 1;
  ctx.fillStyle = theme.ink;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'right';
  yTicks.forEach((value, i) => {
    const at = Math.round(y(value)) + 0.5;
    line(ctx, area.left, at, area.right, at);
    ctx.fillText(yTexts[i], area.left - 6, at);
  });
  ctx.textBaseline = 'top';
  ctx.textAlign = 'center';
  if (names) drawNames(ctx, names, area, theme, turned ? deep : 0);
  else drawXTicks(ctx, view, area, x, theme);
  if (room.yNames) drawYNames(ctx, room.yNames, area, left, theme);

  ctx.strokeStyle = theme.axis;
  line(ctx, area.left, area.bottom + 0.5, area.right, area.bottom + 0.5);
  ctx.font = `${theme.size}px ${theme.family}`;
  if (view.x_label) {
    ctx.textBaseline = 'bottom';
    ctx.textAlign = 'center';
    const middle = (area.left + area.right) / 2;
    ctx.fillText(shorten(ctx, view.x_label, area.right - area.left), middle, view.height - 1);
  }
  if (view.y_label) {
    ctx.save();
    ctx.translate(1, (area.top + area.bottom) / 2);
    ctx.rotate(-Math.PI / 2);
    ctx.textBaseline = 'top';
    ctx.textAlign = 'center';
    ctx.fillText(shorten(ctx, view.y_label, area.bottom - area.top), 0, 0);
    ctx.restore();
  }
  return { area, x, y };
}

function drawXTicks(ctx, view, area, x, theme) {
  const room = area.right - area.left;
  let count = Math.max(2, Math.floor(room / (theme.small * 5.5)));
  let found = ticks(...view.ranges.x, count, view.x_scale);
  // Fewer marks until no two labels touch.
  while (found.length > 2 && labelsTouch(ctx, found, x, theme)) {
    count -= 1;
    const next = count > 1 ? ticks(...view.ranges.x, count, view.x_scale) : found.filter((_, i) => i % 2 === 0);
    if (next.length >= found.length && count <= 1) break;
    found = next;
  }
  for (const value of found) {
    const at = Math.round(x(value)) + 0.5;
    ctx.strokeStyle = theme.axis;
    line(ctx, at, area.bottom, at, area.bottom + 4);
    const text = format(value);
    const half = textWidth(ctx, text) / 2;
    const middle = Math.min(Math.max(at, half + 1), view.width - half - 1);
    ctx.fillText(text, middle, area.bottom + 7);
  }
}

function labelsTouch(ctx, values, x, theme) {
  let end = -Infinity;
  for (const value of values) {
    const half = textWidth(ctx, format(value)) / 2;
    if (x(value) - half < end + theme.small * 0.6) return true;
    end = x(value) + half;
  }
  return false;
}

/** Names under bars or columns, turned where they need the room; every k-th if still too many. */
function drawNames(ctx, names, area, theme, deep) {
  const step = (area.right - area.left) / names.length;
  const every = Math.max(1, Math.ceil((theme.small * 1.3) / step));
  names.forEach((name, i) => {
    if (i % every) return;
    const at = area.left + (i + 0.5) * step;
    if (!deep) {
      ctx.fillText(name, at, area.bottom + 7);
      return;
    }
    ctx.save();
    ctx.translate(at + theme.small * 0.4, area.bottom + 5);
    ctx.rotate(-ANGLE);
    ctx.textAlign = 'right';
    const room = Math.min((deep - theme.small * COS) / SIN, at / COS) + 2;
    ctx.fillText(shorten(ctx, name, room), 0, 0);
    ctx.restore();
  });
}

function drawYNames(ctx, names, area, left, theme) {
  const step = (area.bottom - area.top) / names.length;
  const every = Math.max(1, Math.ceil((theme.small * 1.3) / step));
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'right';
  names.forEach((name, i) => {
    if (i % every) return;
    ctx.fillText(shorten(ctx, name, left - 8), area.left - 6, area.bottom - (i + 0.5) * step);
  });
}

export function line(ctx, x0, y0, x1, y1) {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}

export function textWidth(ctx, text) {
  return ctx.measureText(text).width;
}

/** Cut a text with '…' until it fits. */
export function shorten(ctx, text, room) {
  if (textWidth(ctx, text) <= room) return text;
  let cut = text;
  while (cut.length > 1 && textWidth(ctx, `${cut}…`) > room) cut = cut.slice(0, -1);
  return `${cut}…`;
}
