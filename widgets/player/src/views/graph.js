// Who pays whom: nodes and arrows, without axes. What belongs together is lit.
//
// Mark "nodes": `x`, `y` and `names` (n texts), drawn as the markers of their role.
// Mark "arrows": `start` and `end`, names of nodes. The role 'noise' is drawn thin and below.

import { drawMarker, roleStyle } from '../roles.js';
import { scale } from '../scale.js';

const NODE = 6; // px, radius of a lit node; a quiet one is drawn at half of it
const HEAD = 8; // px, length of an arrow's head
const WIDE = 420; // below this width in CSS pixels nodes are smaller, and named in the table alone

export default {
  kind: 'graph',
  draw(ctx, frame, view, page) {
    const wide = view.width >= WIDE;
    const theme = wide ? page : { ...page, marks: 0.65 * page.marks };
    const marks = frame.marks[view.id] ?? [];
    const margin = 2 * theme.small;
    const x = scale(view.ranges.x, [margin, view.width - margin]);
    const y = scale(view.ranges.y, [view.height - margin, margin]);
    const groups = marks.filter((mark) => mark.type === 'nodes');
    const places = new Map(groups.flatMap((mark) =>
      mark.names.map((name, i) => [name, { x: x(mark.x[i]), y: y(mark.y[i]) }])));
    const arrows = marks.filter((mark) => mark.type === 'arrows');
    for (const mark of litLast(arrows)) drawArrows(ctx, mark, places, theme);
    for (const mark of litLast(groups)) drawNodes(ctx, mark, places, theme);
    for (const mark of wide ? groups.filter(isLit) : []) drawNames(ctx, mark, places, view, theme);
  },
};

function isLit(mark) {
  return mark.role !== 'noise';
}

function litLast(marks) {
  return [...marks.filter((mark) => !isLit(mark)), ...marks.filter(isLit)];
}

function drawNodes(ctx, mark, places, theme) {
  const style = roleStyle(mark.role, theme);
  const radius = NODE * theme.marks * (isLit(mark) ? 1 : 0.8);
  for (const name of mark.names) {
    const { x, y } = places.get(name);
    drawMarker(ctx, style, x, y, radius);
  }
}

function drawArrows(ctx, mark, places, theme) {
  const style = roleStyle(mark.role, theme);
  const lit = isLit(mark);
  const head = HEAD * theme.marks * (lit ? 1.3 : 0.7);
  ctx.strokeStyle = style.color;
  ctx.fillStyle = style.color;
  ctx.lineWidth = (lit ? 2.6 : 1) * theme.marks;
  ctx.setLineDash(style.dash);
  mark.start.forEach((name, i) => {
    const [from, to] = [places.get(name), places.get(mark.end[i])];
    if (from && to) drawArrow(ctx, from, to, head, NODE * theme.marks + 1);
  });
  ctx.setLineDash([]);
}

/** A straight arrow that stops short of the node it points at. */
function drawArrow(ctx, from, to, head, gap) {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length <= gap + head) return;
  const [ux, uy] = [(to.x - from.x) / length, (to.y - from.y) / length];
  const tip = { x: to.x - gap * ux, y: to.y - gap * uy };
  const base = { x: tip.x - head * ux, y: tip.y - head * uy };
  ctx.beginPath();
  ctx.moveTo(from.x, from.y);
  ctx.lineTo(base.x, base.y);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(tip.x, tip.y);
  ctx.lineTo(base.x - 0.45 * head * uy, base.y + 0.45 * head * ux);
  ctx.lineTo(base.x + 0.45 * head * uy, base.y - 0.45 * head * ux);
  ctx.closePath();
  ctx.fill();
}

/** The names of lit nodes, on a rim of paper so that arrows don't cross them out. */
function drawNames(ctx, mark, places, view, theme) {
  ctx.font = `bold ${theme.small}px ${theme.family}`;
  ctx.textBaseline = 'middle';
  ctx.lineWidth = 3;
  ctx.lineJoin = 'round';
  ctx.strokeStyle = theme.paper;
  ctx.fillStyle = theme.ink;
  for (const name of mark.names) {
    const { x, y } = places.get(name);
    const right = x > view.width / 2; // outwards: the arrows run inside
    ctx.textAlign = right ? 'left' : 'right';
    const at = x + (right ? 1 : -1) * (NODE * theme.marks + 4);
    ctx.strokeText(name, at, y);
    ctx.fillText(name, at, y);
  }
}
