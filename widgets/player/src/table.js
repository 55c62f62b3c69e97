// The data of a frame as tables: what is drawn, in numbers.

import { h } from './dom.js';
import { format, toNumber } from './scale.js';

const MOST_ROWS = 200;

/** Return the tables of one frame: its figures, then each mark of each view. */
export function frameTables(trace, frame) {
  const tables = [];
  const scalars = Object.entries(frame.scalars ?? {});
  if (scalars.length) {
    tables.push(table(`Figures at step ${format(frame.step)}`, ['figure', 'value'],
      scalars.map(([name, value]) => [name, toNumber(value)])));
  }
  for (const view of trace.views) {
    for (const mark of frame.marks[view.id] ?? []) {
      if (mark.type !== 'veil') tables.push(markTable(view, mark));
    }
  }
  return tables.length ? tables : [h('p', { text: 'This frame has no numbers.' })];
}

function markTable(view, mark) {
  const caption = `${view.question} – ${mark.label || mark.role}`;
  const x = view.x_label || 'x';
  const y = view.y_label || 'y';
  if (mark.type === 'bars') {
    const named = typeof mark.edges[0] === 'string';
    const rows = mark.heights.map((height, i) =>
      named ? [mark.edges[i], height] : [mark.edges[i], mark.edges[i + 1], height]);
    return table(caption, named ? [x, y] : [`${x} from`, 'to', y], rows);
  }
  if (mark.type === 'grid') {
    const [x0, x1] = mark.extent;
    const width = (x1 - x0) / mark.values[0].length;
    const names = mark.x_names ?? mark.values[0].map((_, i) => format(x0 + (i + 0.5) * width, 3));
    const rows = mark.values.map((row, i) => [mark.y_names?.[i] ?? rowName(mark, i), ...row]);
    return table(caption, [`${y} \\ ${x}`, ...names], rows.reverse());
  }
  if (mark.type === 'points' || mark.type === 'line') {
    const band = mark.low ? ['low', 'high'] : [];
    const rows = mark.x.map((value, i) => [value, mark.y[i], ...band.map((name) => mark[name][i])]);
    return table(caption, [x, y, ...band], rows);
  }
  const columns = Object.keys(mark).filter((name) => Array.isArray(mark[name]));
  const length = Math.max(0, ...columns.map((name) => mark[name].length));
  const rows = Array.from({ length }, (_, i) => columns.map((name) => flat(mark[name][i])));
  return table(caption, columns, rows);
}

function flat(value) {
  return Array.isArray(value) ? value.join(', ') : value;
}

function rowName(mark, i) {
  const [, , y0, y1] = mark.extent;
  return format(y0 + ((i + 0.5) * (y1 - y0)) / mark.values.length, 3);
}

function table(caption, columns, rows) {
  const shown = rows.slice(0, MOST_ROWS);
  const more = rows.length > shown.length ? ` (the first ${MOST_ROWS} of ${rows.length} rows)` : '';
  return h('table', { class: 'sk-table' },
    h('caption', { text: caption + more }),
    h('thead', {}, h('tr', {}, ...columns.map((name) => h('th', { scope: 'col', text: name })))),
    h('tbody', {}, ...shown.map((row) => h('tr', {}, ...row.map((cell) => h('td', { text: cellText(cell) }))))));
}

function cellText(cell) {
  return typeof cell === 'number' ? format(cell, 5) : cell ?? '–';
}
