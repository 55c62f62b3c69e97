// Two tables side by side: masked cells light up, and an attack draws its lines between the rows.
//
// Mark "table": `columns` (d texts), `cells` (n * d texts, row after row), `lit` (n x d, 0 or 1).
// Mark "links": `from` and `to` (rows of the first and of the second table), drawn in its role.

import { line, shorten, textWidth } from '../axes.js';
import { drawMarker, roleStyle } from '../roles.js';

const unit = { x: [0, 1], y: [0, 1], z: [0, 1], names: null };
const BETWEEN = 0.16; // share of the width that the lines have
const PAD = 9; // px beside a text, the bar of a lit cell among them

export default {
  kind: 'tablediff',
  ranges: () => unit,
  draw(ctx, frame, view, theme) {
    const marks = frame.marks[view.id] ?? [];
    const tables = marks.filter((mark) => mark.type === 'table');
    if (!tables.length) return;
    const room = tables.length > 1 ? (view.width * (1 - BETWEEN)) / 2 : view.width;
    const rows = Math.max(...tables.map((table) => table.lit.length)) + 1;
    const step = Math.min(view.height / rows, theme.size * 2.2);
    const places = tables.map((_, i) => (i ? view.width - room : 0));
    tables.forEach((table, i) => drawTable(ctx, table, places[i], room, step, theme));
    for (const mark of marks) {
      if (mark.type === 'links') drawLinks(ctx, mark, room + 3, view.width - room - 3, step, theme);
    }
  },
};

function drawTable(ctx, table, left, room, step, theme) {
  const d = table.columns.length;
  const style = roleStyle(table.role, theme);
  const size = Math.min(theme.small, step * 0.62, Math.max(9, room / 16));
  const widths = columnWidths(ctx, table, room, size, theme);
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  for (let row = -1; row < table.lit.length; row += 1) {
    let x = left;
    const y = (row + 1) * step;
    for (let j = 0; j < d; j += 1) {
      const text = row < 0 ? table.columns[j] : table.cells[row * d + j];
      if (row >= 0 && table.lit[row][j]) {
        ctx.fillStyle = style.color;
        ctx.globalAlpha = 0.24;
        ctx.fillRect(x, y + 1, widths[j] - 2, step - 2);
        ctx.globalAlpha = 1;
        ctx.fillRect(x, y + 1, 2.5, step - 2); // told by a bar as well, not by colour alone
      }
      ctx.fillStyle = theme.ink;
      ctx.font = `${row < 0 ? 'bold ' : ''}${size}px ${theme.family}`;
      ctx.fillText(shorten(ctx, text, widths[j] - PAD + 2), x + 5, y + step / 2);
      x += widths[j];
    }
    ctx.strokeStyle = row < 0 ? theme.axis : theme.grid;
    ctx.lineWidth = 1;
    line(ctx, left, y + step - 0.5, left + room, y + step - 0.5);
  }
}

/** Room for each column: what its texts need; too little room is taken from the widest ones. */
function columnWidths(ctx, table, room, size, theme) {
  const d = table.columns.length;
  ctx.font = `bold ${size}px ${theme.family}`;
  const needed = table.columns.map((name, j) => {
    const texts = [name, ...table.lit.map((_, row) => table.cells[row * d + j])];
    return Math.max(...texts.map((text) => textWidth(ctx, text))) + PAD;
  });
  const total = (widths) => widths.reduce((sum, w) => sum + w, 0);
  while (total(needed) > room) {
    const widest = needed.indexOf(Math.max(...needed));
    if (needed[widest] < 3 * size) return needed.map((w) => (w * room) / total(needed));
    needed[widest] -= 2;
  }
  const spare = (room - total(needed)) / d;
  return needed.map((w) => w + spare);
}

function drawLinks(ctx, mark, left, right, step, theme) {
  const style = roleStyle(mark.role, theme);
  ctx.strokeStyle = style.color;
  ctx.lineWidth = style.width * theme.marks;
  ctx.setLineDash(mark.role === 'broken' ? [] : style.dash);
  mark.from.forEach((row, i) => {
    const [y0, y1] = [(row + 1.5) * step, (mark.to[i] + 1.5) * step];
    line(ctx, left, y0, right, y1);
    if (mark.role === 'broken') drawMarker(ctx, style, right, y1, 4 * theme.marks);
  });
  ctx.setLineDash([]);
}
