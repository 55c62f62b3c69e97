// One visual language: what a thing is decides its colour, shape and dash, in every view.
// Okabe-Ito colours; a shape or dash besides, so that nothing is told by colour alone.

/** Colour, shape and dash of each role; `ink` stands for the text colour of the theme. */
const STYLES = {
  real: { color: '#0072B2', shape: 'circle', dash: [], width: 2, word: 'real' },
  synthetic: { color: '#D55E00', shape: 'triangle', dash: [], width: 2, word: 'synthetic' },
  holdout: { color: '#56B4E9', shape: 'ring', dash: [], width: 2, word: 'held-out real' },
  prediction: { color: '#CC79A7', shape: 'diamond', dash: [7, 4], width: 3, word: 'your prediction' },
  truth: { color: 'ink', shape: 'plus', dash: [], width: 1.2, word: 'truth' },
  broken: { color: 'ink', shape: 'cross', dash: [2, 3], width: 2, word: 'broken' },
  healed: { color: '#009E73', shape: 'square', dash: [], width: 2, word: 'healed' },
  noise: { color: '#8A8A8A', shape: 'dot', dash: [1, 3], width: 1.5, word: 'noise' },
};

/** Real blue is too dark on a dark page: the same hue, lightened until it has contrast 4.5. */
const ON_DARK = { '#0072B2': '#3E9BD6', '#8A8A8A': '#A6A6A6' };

/** The colour set 'high-contrast': the same hues, each with contrast 7 or more (WCAG's AAA). */
const STRONG = {
  '#0072B2': ['#00497A', '#7CC4F5'], '#D55E00': ['#8A3D00', '#FFAB66'],
  '#56B4E9': ['#1B5A86', '#B5E1FA'], '#CC79A7': ['#863A66', '#F2A9CD'],
  '#009E73': ['#00573F', '#66F0C0'], '#8A8A8A': ['#555555', '#C4C4C4'],
};

/** Return one of the fixed colours as this theme shows it. */
export function shown(color, theme) {
  if (theme.contrast) return STRONG[color]?.[theme.dark ? 1 : 0] ?? color;
  return (theme.dark && ON_DARK[color]) || color;
}

/**
 * Return how a role looks under a theme.
 * @param {string} role
 * @param {{ink: string, dark: boolean, contrast: boolean}} theme
 */
export function roleStyle(role, theme) {
  const style = STYLES[role] ?? STYLES.synthetic;
  return { ...style, color: style.color === 'ink' ? theme.ink : shown(style.color, theme) };
}

/** Trace the outline of a marker of radius `r` around (x, y). */
export function markerPath(ctx, shape, x, y, r) {
  ctx.beginPath();
  if (shape === 'triangle') {
    ctx.moveTo(x, y - r * 1.2);
    ctx.lineTo(x + r * 1.1, y + r * 0.8);
    ctx.lineTo(x - r * 1.1, y + r * 0.8);
    ctx.closePath();
  } else if (shape === 'square') {
    ctx.rect(x - r * 0.85, y - r * 0.85, r * 1.7, r * 1.7);
  } else if (shape === 'diamond') {
    ctx.moveTo(x, y - r * 1.3);
    ctx.lineTo(x + r * 1.1, y);
    ctx.lineTo(x, y + r * 1.3);
    ctx.lineTo(x - r * 1.1, y);
    ctx.closePath();
  } else if (shape === 'cross') {
    ctx.moveTo(x - r, y - r);
    ctx.lineTo(x + r, y + r);
    ctx.moveTo(x + r, y - r);
    ctx.lineTo(x - r, y + r);
  } else if (shape === 'plus') {
    ctx.moveTo(x - r, y);
    ctx.lineTo(x + r, y);
    ctx.moveTo(x, y - r);
    ctx.lineTo(x, y + r);
  } else {
    ctx.arc(x, y, shape === 'dot' ? r * 0.6 : r, 0, 2 * Math.PI);
  }
}

const OPEN = new Set(['ring', 'cross', 'plus']);

/** Draw one marker. */
export function drawMarker(ctx, style, x, y, r) {
  markerPath(ctx, style.shape, x, y, r);
  if (OPEN.has(style.shape)) {
    ctx.strokeStyle = style.color;
    ctx.lineWidth = Math.max(1.4, r * 0.45);
    ctx.stroke();
  } else {
    ctx.fillStyle = style.color;
    ctx.fill();
  }
}

/** Return a pattern of diagonal lines: the mark of what is broken. */
export function hatch(ctx, color, gap = 7) {
  const tile = document.createElement('canvas');
  tile.width = tile.height = gap;
  const pen = tile.getContext('2d');
  pen.strokeStyle = color;
  pen.lineWidth = 1.2;
  pen.beginPath();
  for (const shift of [-gap, 0, gap]) {
    pen.moveTo(shift, gap);
    pen.lineTo(shift + gap, 0);
  }
  pen.stroke();
  return ctx.createPattern(tile, 'repeat');
}
