// The pictures of one run: a question, a key and a canvas for each view.

import { h, setText } from './dom.js';
import { SHADE } from './marks.js';
import { drawMarker, roleStyle } from './roles.js';
import { viewRanges } from './trace.js';
import { viewOf } from './views/index.js';

/**
 * Make the stage of one run.
 * @param {object} trace  as `parseTrace` returns it
 * @param {object} overlay  marks of the learner's prediction, by view id
 */
export function createStage(trace, overlay = {}) {
  const title = h('p', { class: 'sk-run', hidden: true });
  const pictures = trace.views.map((view) => createPicture(view, overlay[view.id] ?? []));
  const root = h('div', { class: 'sk-stage' }, title,
    h('div', { class: 'sk-views' }, ...pictures.map((picture) => picture.root)));
  return {
    root,
    trace,
    setTitle(text) {
      title.hidden = !text;
      setText(title, text);
    },
    /** Fit the axes to all frames of all runs that stand side by side. */
    fit(traces) {
      pictures.forEach((picture) => picture.fit(traces));
    },
    /** Draw a frame; `compact` where another run stands beside this one. */
    draw(frame, theme, compact = false) {
      pictures.forEach((picture) => picture.draw(frame, theme, compact && pictures.length > 1));
    },
  };
}

function createPicture(view, overlay) {
  const question = h('p', { class: 'sk-question', text: view.question });
  const key = h('div', { class: 'sk-key' });
  const canvas = h('canvas', { class: 'sk-canvas', role: 'img' });
  const root = h('div', { class: 'sk-picture', 'data-view': view.id }, question, key, canvas);
  const module = viewOf(view.kind);
  let ranges = null;
  let keyed = '';

  function updateKey(marks, width, theme) {
    const entries = new Map();
    for (const mark of marks) {
      if (!mark.label || mark.type === 'grid' || module?.labelsItself?.(mark, width)) continue;
      entries.set(`${mark.role} ${mark.label}`, mark);
    }
    const signature = [...entries.keys(), theme.ink, theme.marks, theme.contrast].join('\n');
    if (signature === keyed) return;
    keyed = signature;
    key.replaceChildren(...[...entries.values()].map((mark) => keyEntry(mark, theme)));
  }

  return {
    root,
    fit(traces) {
      ranges = (module?.ranges ?? viewRanges)(view, traces, overlay);
    },
    draw(frame, theme, compact) {
      const width = Math.floor(root.clientWidth);
      if (width < 40 || !ranges) return; // hidden: there is nothing to draw on
      const wanted = compact ? Math.min(200, Math.max(170, width * 0.4)) : Math.min(300, Math.max(190, width * 0.58));
      const height = Math.round(wanted * (theme.marks > 1 ? 1.25 : 1));
      const marks = [...(frame.marks[view.id] ?? []), ...overlay];
      updateKey(marks, width, theme);
      const ctx = prepare(canvas, width, height, theme.ratio);
      canvas.setAttribute('aria-label', `${view.question} ${frame.sentence ?? ''}`.trim());
      if (!module) {
        ctx.fillStyle = theme.ink;
        ctx.font = `${theme.size}px ${theme.family}`;
        ctx.fillText(`This player has no view '${view.kind}'.`, 8, 30);
        return;
      }
      const whole = { ...frame, marks: { ...frame.marks, [view.id]: marks } };
      module.draw(ctx, whole, { ...view, width, height, ranges }, theme);
    },
  };
}

/** Size the canvas for the screen's pixels and return an empty context in CSS pixels. */
export function prepare(canvas, width, height, ratio) {
  const [w, hgt] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== hgt) {
    canvas.width = w;
    canvas.height = hgt;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const ctx = canvas.getContext('2d');
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return ctx;
}

/** Swatch and name of a mark; what it looks like is what the picture shows. */
function keyEntry(mark, theme) {
  const style = roleStyle(mark.role, theme);
  const swatch = h('canvas', { 'aria-hidden': 'true' });
  const isMarker = mark.type === 'points' || mark.type === 'nodes';
  const width = isMarker ? 14 : 26;
  const pen = prepare(swatch, width, 14, theme.ratio);
  pen.strokeStyle = style.color;
  pen.fillStyle = style.color;
  if (isMarker) drawMarker(pen, style, 7, 7.5, 4.5);
  else if (mark.type === 'spans') {
    pen.globalAlpha = SHADE;
    pen.fillRect(3, 2, 20, 10);
  } else if (mark.type === 'bars') {
    pen.setLineDash(style.dash);
    pen.strokeRect(3, 2, 20, 10);
    pen.globalAlpha = 0.5;
    if (!['truth', 'holdout', 'prediction'].includes(mark.role)) pen.fillRect(3, 2, 20, 10);
  } else {
    pen.lineWidth = style.width;
    pen.setLineDash(style.dash);
    pen.beginPath();
    pen.moveTo(1, 7);
    pen.lineTo(25, 7);
    pen.stroke();
  }
  return h('span', { class: 'sk-entry' }, swatch, h('span', { text: mark.label }));
}
