// The indicator of a failure on its line: where it is, where it was, where broken begins.

import { hatch, markerPath, shown } from './roles.js';
import { format, scale, ticks } from './scale.js';
import { textWidth } from './axes.js';

/**
 * Draw the gauge.
 * @param {CanvasRenderingContext2D} ctx  empty, in CSS pixels
 * @param {object} gauge  `value`, `history` (numbers), `threshold`, `brokenWhen`, `broken`
 */
export function drawGauge(ctx, gauge, width, theme) {
  const values = [...gauge.history, gauge.value, gauge.threshold].filter(Number.isFinite);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const pad = 0.15 * (high - low || Math.abs(high) || 1);
  // A count or a share does not go below zero: neither does its line.
  const domain = [low >= 0 ? Math.max(0, low - pad) : low - pad, high + pad];
  const middle = 34 * (theme.size / 13);
  const thick = 14 * (theme.size / 13);
  const [left, right] = [theme.size, width - theme.size];
  const x = scale(domain, [left, right]);
  const edge = x(gauge.threshold);
  const above = gauge.brokenWhen === 'above';

  ctx.fillStyle = theme.grid;
  ctx.fillRect(left, middle - thick / 2, right - left, thick);
  const band = above ? [edge, right - edge] : [left, edge - left];
  ctx.fillStyle = theme.paper;
  ctx.fillRect(band[0], middle - thick / 2, band[1], thick);
  ctx.fillStyle = hatch(ctx, theme.ink);
  ctx.fillRect(band[0], middle - thick / 2, band[1], thick);
  ctx.strokeStyle = theme.axis;
  ctx.lineWidth = 1;
  ctx.strokeRect(left, middle - thick / 2, right - left, thick);
  ctx.strokeStyle = theme.ink;
  ctx.lineWidth = 2;
  ctx.beginPath();
  ctx.moveTo(edge, middle - thick / 2 - 5);
  ctx.lineTo(edge, middle + thick / 2 + 5);
  ctx.stroke();

  drawWords(ctx, edge, above, gauge, middle - thick / 2 - 7, width, theme);
  drawTicks(ctx, domain, x, middle + thick / 2 + 5, width, theme);
  for (const value of gauge.history) {
    if (!Number.isFinite(value)) continue;
    ctx.beginPath();
    ctx.arc(x(value), middle, 3 * theme.marks, 0, 2 * Math.PI);
    ctx.fillStyle = theme.paper;
    ctx.fill();
    ctx.strokeStyle = theme.axis;
    ctx.lineWidth = 1.2;
    ctx.stroke();
  }
  const at = Number.isFinite(gauge.value) ? x(gauge.value) : above ? right : left;
  const shape = gauge.broken ? 'cross' : 'diamond';
  for (const [colour, extra] of [[theme.paper, 4], [gauge.broken ? theme.ink : shown('#009E73', theme), 0]]) {
    markerPath(ctx, shape, at, middle, 7 * theme.marks);
    ctx.strokeStyle = colour;
    ctx.lineWidth = 3 * theme.marks + extra;
    ctx.lineJoin = 'round';
    ctx.stroke();
    if (!gauge.broken) {
      ctx.fillStyle = colour;
      ctx.fill();
    }
  }
}

/** 'broken above 0.5' beside the threshold, on the broken side if there is room. */
function drawWords(ctx, edge, above, gauge, bottom, width, theme) {
  ctx.font = `${theme.small}px ${theme.family}`;
  ctx.fillStyle = theme.ink;
  ctx.textBaseline = 'bottom';
  const words = `broken ${above ? 'above' : 'below'} ${format(gauge.threshold)}`;
  const long = textWidth(ctx, words);
  const from = above ? edge : edge - long;
  ctx.textAlign = 'left';
  ctx.fillText(words, Math.min(Math.max(2, from), width - long - 2), bottom);
}

function drawTicks(ctx, domain, x, top, width, theme) {
  ctx.textBaseline = 'top';
  ctx.textAlign = 'center';
  const count = Math.max(2, Math.floor(width / (theme.small * 8)));
  for (const value of ticks(...domain, count)) {
    const text = format(value);
    const half = textWidth(ctx, text) / 2;
    ctx.fillText(text, Math.min(Math.max(x(value), half + 1), width - half - 1), top);
  }
}

/** How high the gauge is. */
export function gaugeHeight(theme) {
  return Math.round(66 * (theme.size / 13));
}
