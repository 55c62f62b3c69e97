// Points in a plane; a grid under them is a field (a density, a discriminator's opinion).

import { drawAxes } from '../axes.js';
import { drawGrid } from '../grid.js';
import { drawMarks } from '../marks.js';

export default {
  kind: 'scatter',
  draw(ctx, frame, view, theme) {
    const plot = drawAxes(ctx, view, theme);
    const marks = frame.marks[view.id] ?? [];
    for (const mark of marks) if (mark.type === 'grid') drawGrid(ctx, mark, plot, view, theme, 0.45);
    drawMarks(ctx, marks, plot, theme);
  },
};
