// Bars on a line of numbers or of names, with curves over them.

import { drawAxes } from '../axes.js';
import { drawMarks } from '../marks.js';

export default {
  kind: 'histogram',
  draw(ctx, frame, view, theme) {
    drawMarks(ctx, frame.marks[view.id] ?? [], drawAxes(ctx, view, theme), theme);
  },
};
