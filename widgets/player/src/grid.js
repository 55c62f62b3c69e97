// A field of numbers as colours: one colour map for sizes, one for signed numbers.

// Eleven anchors of cividis (readable with any colour vision, even in brightness).
const SIZES = ['#00224e', '#123570', '#3b496c', '#575d6d', '#707173', '#8a8678', '#a59c74',
  '#c3b369', '#e1cc55', '#fee838'].map(rgb);
// Okabe-Ito blue to white to vermilion: below and above zero.
const SIGNED = ['#004a75', '#0072B2', '#7fb8d8', '#f7f7f7', '#eaae7f', '#D55E00', '#8a3d00'].map(rgb);

function rgb(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

/** Signed when the range lies around zero, as correlations do. */
export function colourMap([low, high]) {
  return low < 0 && high > 0 ? SIGNED : SIZES;
}

/** A signed map is symmetric, so that white is zero. */
export function colourRange([low, high]) {
  const limit = Math.max(-low, high);
  return low < 0 && high > 0 ? [-limit, limit] : [low, high];
}

/** Return [r, g, b] of a share of the way through a map. */
export function colourAt(map, share) {
  const at = Math.min(1, Math.max(0, share)) * (map.length - 1);
  const i = Math.min(map.length - 2, Math.floor(at));
  return map[i].map((c, k) => Math.round(c + (map[i + 1][k] - c) * (at - i)));
}

// A field that stays from frame to frame is one and the same mark: it is coloured once.
const TILES = new WeakMap();

/** Return a canvas with one pixel for each cell of a grid. */
function tileOf(mark, range) {
  const kept = TILES.get(mark);
  if (kept?.range === String(range)) return kept.tile;
  const rows = mark.values.length;
  const columns = mark.values[0].length;
  const map = colourMap(range);
  const [low, high] = colourRange(range);
  const tile = document.createElement('canvas');
  tile.width = columns;
  tile.height = rows;
  const pen = tile.getContext('2d');
  const image = pen.createImageData(columns, rows);
  mark.values.forEach((row, r) => {
    row.forEach((value, c) => {
      if (value === null) return;
      const at = ((rows - 1 - r) * columns + c) * 4; // row 0 of a grid is at the bottom
      const colour = colourAt(map, (value - low) / (high - low || 1));
      image.data.set([...colour, 255], at);
    });
  });
  pen.putImageData(image, 0, 0);
  TILES.set(mark, { range: String(range), tile });
  return tile;
}

/** Draw a grid mark over its extent; a missing cell stays empty. */
export function drawGrid(ctx, mark, { x, y, area }, view, theme, alpha = 1) {
  const tile = tileOf(mark, view.ranges.z);
  const [x0, x1, y0, y1] = mark.extent;
  ctx.save();
  ctx.beginPath();
  ctx.rect(area.left, area.top, area.right - area.left, area.bottom - area.top);
  ctx.clip();
  ctx.imageSmoothingEnabled = false;
  ctx.globalAlpha = alpha;
  ctx.drawImage(tile, x(x0), y(y1), x(x1) - x(x0), y(y0) - y(y1));
  ctx.restore();
}
