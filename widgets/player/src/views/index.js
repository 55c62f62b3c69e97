// The views that the player has. A new view: one module in this folder, one line here.

import cards from './cards.js';
import graph from './graph.js';
import heatmap from './heatmap.js';
import histogram from './histogram.js';
import lines from './lines.js';
import plan from './plan.js';
import ring from './ring.js';
import scatter from './scatter.js';
import tablediff from './tablediff.js';

const VIEWS = new Map([scatter, histogram, lines, heatmap, cards, tablediff, plan, graph, ring].map((view) => [view.kind, view]));

/** Return the view of this kind, or undefined. */
export function viewOf(kind) {
  return VIEWS.get(kind);
}

/** Add a view: `{kind, draw(ctx, frame, view, theme), ranges?, labelsItself?}`. */
export function registerView(view) {
  VIEWS.set(view.kind, view);
}
