// A ring road from above: each car a wedge that points where it drives, and shows its speed.
//
// Mark "cars": `position` (n), the share of the round behind it, 0 to 1; `speed` (n), in the
// units of the view's z_range; `braking` (n, 0 or 1); `marked` (n, 0 or 1), the car to follow with the eye.

import { line, textWidth } from '../axes.js';
import { colourAt, colourMap } from '../grid.js';
import { format } from '../scale.js';
import { roleStyle } from '../roles.js';

const TURN = 2 * Math.PI;
const UP = -TURN / 4; // the road begins at the top and goes on clockwise

export default {
  kind: 'ring',
  ranges: (view) => ({
    x: [0, 1], y: [0, 1], z: view.z_range ?? [0, 1], names: null,
  }),
  labelsItself: (mark) => mark.type === 'cars',
  draw(ctx, frame, view, theme) {
    const marks = (frame.marks[view.id] ?? []).filter((mark) => mark.type === 'cars');
    const most = Math.max(1, ...marks.map((mark) => mark.position.length));
    const ring = layout(view, theme, most);
    const legend = legendOf(ctx, ring, view, theme, marks);
    if (legend.beside) ring.x = view.height / 2; // a small ring makes room for it
    drawRoad(ctx, ring, theme);
    for (const mark of marks) drawCars(ctx, mark, ring, view.ranges, theme);
    drawLegend(ctx, legend, ring, view, theme);
  },
};

/** Where the road lies, and how long and wide a car is drawn; neighbours never touch by much. */
function layout(view, theme, cars) {
  const room = 14 * theme.marks;
  const radius = Math.min(view.width, view.height) / 2 - room;
  const length = Math.min(13 * theme.marks, (0.72 * TURN * radius) / cars);
  return {
    x: view.width / 2, y: view.height / 2, radius, length,
    width: Math.max(3, Math.min(length * 0.7, 9 * theme.marks)), road: Math.min(16, room),
  };
}

function drawRoad(ctx, { x, y, radius, road }, theme) {
  ctx.strokeStyle = theme.grid;
  ctx.lineWidth = road;
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, TURN);
  ctx.stroke();
}

function drawCars(ctx, mark, ring, ranges, theme) {
  const [low, high] = ranges.z;
  const map = colourMap(ranges.z);
  const brake = roleStyle('synthetic', theme).color;
  mark.position.forEach((position, i) => {
    const angle = UP + TURN * position;
    const share = Math.min(1, Math.max(0, (mark.speed[i] - low) / (high - low || 1)));
    ctx.save();
    ctx.translate(ring.x + ring.radius * Math.cos(angle), ring.y + ring.radius * Math.sin(angle));
    ctx.rotate(angle + TURN / 4);
    drawCar(ctx, ring, share, `rgb(${colourAt(map, share).join(',')})`, theme);
    if (mark.braking?.[i]) drawBrake(ctx, ring, brake);
    if (mark.marked?.[i]) drawMarked(ctx, ring, theme);
    ctx.restore();
  });
}

/** A box for a car that stands; the faster it drives, the sharper its nose. */
function drawCar(ctx, { length, width }, share, colour, theme) {
  const [back, front, half] = [-length, 0, width / 2];
  const shoulder = front - length * 0.9 * share;
  const nose = half * (1 - share);
  ctx.beginPath();
  ctx.moveTo(back, -half);
  ctx.lineTo(shoulder, -half);
  ctx.lineTo(front, -nose);
  ctx.lineTo(front, nose);
  ctx.lineTo(shoulder, half);
  ctx.lineTo(back, half);
  ctx.closePath();
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.strokeStyle = theme.ink;
  ctx.lineWidth = 0.8;
  ctx.stroke();
}

/** Brake lights: a bar behind the car, wider than it. */
function drawBrake(ctx, { length, width }, colour) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = Math.max(1.5, length * 0.22);
  line(ctx, -length - 0.5, -width * 0.8, -length - 0.5, width * 0.8);
}

function drawMarked(ctx, { length, width }, theme) {
  ctx.strokeStyle = theme.ink;
  ctx.lineWidth = 1.6 * theme.marks;
  ctx.beginPath();
  ctx.arc(-length / 2, 0, Math.max(length, width) * 0.85 + 1, 0, TURN);
  ctx.stroke();
}

/** What the shapes mean: inside the ring where that has the room, else beside it. */
function legendOf(ctx, ring, view, theme, marks) {
  const [low, high] = view.ranges.z;
  const rows = [['direction', view.x_label],
    ['slow', `${format(low)} ${view.z_label}`], ['fast', `${format(high)} ${view.z_label}`]];
  if (marks.some((mark) => mark.braking)) rows.push(['brake', 'brakes']);
  if (marks.some((mark) => mark.marked)) rows.push(['marked', 'one car to follow']);
  ctx.font = `${theme.small}px ${theme.family}`;
  const wide = Math.max(...rows.map(([, text]) => textWidth(ctx, text))) + 26;
  const step = theme.small * 1.7;
  const beside = Math.hypot(wide, rows.length * step) / 2 > ring.radius - ring.road;
  const hidden = beside && view.height + wide + 8 > view.width;
  return { rows, wide, step, beside, hidden };
}

function drawLegend(ctx, { rows, wide, step, beside, hidden }, ring, view, theme) {
  if (hidden) return;
  const left = beside ? view.height + 8 : ring.x - wide / 2;
  rows.forEach(([kind, text], i) => {
    const y = ring.y + (i - (rows.length - 1) / 2) * step;
    ctx.fillStyle = theme.ink;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    ctx.fillText(text, left + 26, y);
    ctx.save();
    ctx.translate(left + 16, y);
    drawSample(ctx, kind, { ...ring, length: 12, width: 8 }, view.ranges.z, theme);
    ctx.restore();
  });
}

function drawSample(ctx, kind, size, range, theme) {
  const colour = (share) => `rgb(${colourAt(colourMap(range), share).join(',')})`;
  if (kind === 'direction') {
    ctx.strokeStyle = theme.ink;
    ctx.lineWidth = 1.2;
    ctx.beginPath();
    ctx.arc(-6, 2, 7, UP - 1, UP + 1);
    ctx.lineTo(-5, -4);
    ctx.moveTo(-6 + 7 * Math.cos(UP + 1), 2 + 7 * Math.sin(UP + 1));
    ctx.lineTo(1, -7);
    ctx.stroke();
    return;
  }
  drawCar(ctx, size, kind === 'fast' ? 1 : 0, colour(kind === 'fast' ? 1 : kind === 'slow' ? 0 : 0.3), theme);
  if (kind === 'brake') drawBrake(ctx, size, roleStyle('synthetic', theme).color);
  if (kind === 'marked') drawMarked(ctx, size, theme);
}
