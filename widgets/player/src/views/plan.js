// Seen from above: a metre is as long to the right as upwards, so that a circle is a circle.
//
// Marks of its own: "strip" (`x`, `y`, `size` [width]), the surface of a road; and "car" (`x`, `y`
// of the rear axles, `heading` and `steer` in radians, `size` [length, width] in units of x).

import { drawAxes } from '../axes.js';
import { drawMarks } from '../marks.js';
import { roleStyle } from '../roles.js';

const REAR = 0.2; // share of the length behind the rear axle
const AXLES = 0.6; // share of the length between the axles

export default {
  kind: 'plan',
  draw(ctx, frame, view, theme) {
    const probe = drawAxes(ctx, view, theme);
    ctx.clearRect(0, 0, view.width, view.height);
    const plot = drawAxes(ctx, { ...view, ranges: equal(view.ranges, probe.area) }, theme);
    const marks = frame.marks[view.id] ?? [];
    for (const mark of marks) if (mark.type === 'strip') inside(ctx, plot, () => drawStrip(ctx, mark, plot, theme));
    drawMarks(ctx, marks, plot, theme);
    for (const mark of marks) if (mark.type === 'car') inside(ctx, plot, () => drawCars(ctx, mark, plot, theme));
  },
};

/** Widen the range that has room to spare, so that both axes have one scale. */
export function equal(ranges, area) {
  const [wide, high] = [area.right - area.left, area.bottom - area.top];
  const unit = Math.max((ranges.x[1] - ranges.x[0]) / wide, (ranges.y[1] - ranges.y[0]) / high);
  return { ...ranges, x: widened(ranges.x, unit * wide), y: widened(ranges.y, unit * high) };
}

function widened([low, high], length) {
  const more = (length - (high - low)) / 2;
  return [low - more, high + more];
}

function inside(ctx, { area }, draw) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(area.left, area.top, area.right - area.left, area.bottom - area.top);
  ctx.clip();
  draw();
  ctx.restore();
}

/** Surface, two edges, and a dashed middle. */
function drawStrip(ctx, mark, { x, y }, theme) {
  const width = mark.size[0] * Math.abs(x(1) - x(0));
  const passes = [[width + 2, theme.axis, []], [width, theme.grid, []], [1, theme.axis, [6, 6]]];
  for (const [lineWidth, color, dash] of passes) {
    ctx.lineWidth = lineWidth;
    ctx.strokeStyle = color;
    ctx.setLineDash(dash);
    ctx.beginPath();
    mark.x.forEach((at, i) => ctx.lineTo(x(at), y(mark.y[i])));
    ctx.stroke();
  }
  ctx.setLineDash([]);
}

function drawCars(ctx, mark, { x, y }, theme) {
  const unit = Math.abs(x(1) - x(0));
  const [length, width] = mark.size.map((size) => size * unit);
  const style = roleStyle(mark.role, theme);
  mark.x.forEach((at, i) => {
    if (at === null) return;
    ctx.save();
    ctx.translate(x(at), y(mark.y[i]));
    ctx.rotate(-mark.heading[i]);
    ctx.fillStyle = theme.ink;
    for (const side of [-1, 1]) {
      drawWheel(ctx, 0, (side * width) / 2, 0, length);
      drawWheel(ctx, AXLES * length, (side * width) / 2, -mark.steer[i], length);
    }
    ctx.fillStyle = style.color;
    ctx.beginPath();
    ctx.roundRect(-REAR * length, -width / 2, length, width, width * 0.25);
    ctx.fill();
    ctx.strokeStyle = theme.ink;
    ctx.lineWidth = 1;
    ctx.stroke();
    ctx.fillStyle = theme.paper; // the windscreen says which end is the front
    ctx.fillRect(0.42 * length, -width * 0.36, 0.14 * length, width * 0.72);
    ctx.restore();
  });
}

function drawWheel(ctx, along, across, turn, length) {
  ctx.save();
  ctx.translate(along, across);
  ctx.rotate(turn);
  ctx.fillRect(-length * 0.08, -length * 0.035, length * 0.16, length * 0.07);
  ctx.restore();
}
