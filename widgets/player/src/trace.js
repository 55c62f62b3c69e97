// A trace as the browser holds it: header, frames with their marks, and the ranges of its views.

const MAX_FRAMES = 100;

/**
 * Read the JSON text of a trace; marks that frames share are stored once in `pool`.
 * The kernel has validated it, so this only resolves the references.
 */
export function parseTrace(text) {
  const document = JSON.parse(text);
  if (document.synthkit_trace !== 1) {
    throw new Error(`this player reads traces of version 1; got ${document.synthkit_trace}`);
  }
  const { pool, frames, ...header } = document;
  return {
    ...header,
    frames: frames.map((frame) => ({
      ...frame,
      marks: Object.fromEntries(
        Object.entries(frame.marks).map(([id, group]) => [id, group.map((i) => pool[i])]),
      ),
    })),
  };
}

/** Append a live frame; beyond 100 every second one goes, the first and newest stay. */
export function appendFrame(trace, frame) {
  trace.frames.push(frame);
  if (trace.frames.length > MAX_FRAMES) {
    const last = trace.frames.length - 1;
    trace.frames = trace.frames.filter((_, i) => i % 2 === 0 || i === last);
  }
}

/** Return the index of the frame that is at `step`, or the last one before it. */
export function frameAt(trace, step) {
  let found = 0;
  trace.frames.forEach((frame, i) => {
    if (frame.step <= step) found = i;
  });
  return found;
}

const X_FIELDS = ['x', 'x_end', 'edges'];
const Y_FIELDS = ['y', 'low', 'high', 'heights'];

/**
 * Return the ranges of one view over all frames of some runs, so that axes never jump.
 * A range that the view states wins; bars stand on zero.
 * @returns {{x: [number, number], y: [number, number], z: [number, number], names: string[]|null}}
 */
export function viewRanges(view, traces, overlay = []) {
  const x = new Range(view.x_scale === 'log');
  const y = new Range(view.y_scale === 'log');
  const z = new Range(false);
  const ranges = { names: null };
  const seen = new Set();
  const add = (mark) => {
    if (seen.has(mark)) return;
    seen.add(mark);
    if (mark.type === 'grid') {
      x.add(mark.extent.slice(0, 2));
      y.add(mark.extent.slice(2, 4));
      mark.values.forEach((row) => z.add(row));
    } else if (mark.type === 'rule') {
      (mark.axis === 'x' ? x : y).add([mark.at]);
    } else {
      if (mark.type === 'bars') {
        y.add([0]);
        if (typeof mark.edges[0] === 'string') {
          ranges.names = mark.edges;
          x.add([0, mark.edges.length]);
        }
      }
      for (const name of X_FIELDS) if (Array.isArray(mark[name])) x.add(mark[name]);
      for (const name of Y_FIELDS) if (Array.isArray(mark[name])) y.add(mark[name]);
    }
  };
  for (const trace of traces) {
    for (const frame of trace.frames) (frame.marks[view.id] ?? []).forEach(add);
  }
  overlay.forEach(add);
  const tight = view.kind === 'heatmap';
  return {
    ...ranges,
    x: view.x_range ?? x.padded(tight || ranges.names ? 0 : 0.03),
    y: view.y_range ?? y.padded(tight ? 0 : 0.05),
    z: view.z_range ?? z.padded(0),
  };
}

class Range {
  constructor(log) {
    this.log = log;
    this.low = Infinity;
    this.high = -Infinity;
  }

  add(values) {
    for (const value of values) {
      if (typeof value !== 'number' || !Number.isFinite(value) || (this.log && value <= 0)) continue;
      if (value < this.low) this.low = value;
      if (value > this.high) this.high = value;
    }
  }

  /** Return [low, high] with a margin; zero stays zero, for bars stand on it. */
  padded(share) {
    if (this.low > this.high) return this.log ? [1, 10] : [0, 1];
    if (this.log) {
      const factor = (this.high / this.low) ** share || 1;
      return this.low === this.high
        ? [this.low / 2, this.high * 2]
        : [this.low / factor, this.high * factor];
    }
    const width = this.high - this.low;
    if (width === 0) return [this.low - 0.5 * (Math.abs(this.low) || 1), this.high + 0.5 * (Math.abs(this.high) || 1)];
    return [
      this.low === 0 ? 0 : this.low - share * width,
      this.high === 0 ? 0 : this.high + share * width,
    ];
  }
}
