// Numbers to pixels, round tick marks, and numbers as a reader wants them.

/**
 * Return a function from data to pixels.
 * @param {[number, number]} domain
 * @param {[number, number]} pixels
 * @param {'linear'|'log'} kind
 */
export function scale(domain, pixels, kind = 'linear') {
  const map = kind === 'log' ? Math.log10 : (v) => v;
  const low = map(domain[0]);
  const width = map(domain[1]) - low || 1;
  return (value) => pixels[0] + ((map(value) - low) / width) * (pixels[1] - pixels[0]);
}

/** Return about `count` round numbers within [low, high]. */
export function ticks(low, high, count = 5, kind = 'linear') {
  if (kind === 'log') return logTicks(low, high, count);
  const raw = (high - low) / Math.max(1, count);
  if (!(raw > 0) || !Number.isFinite(raw)) return [low];
  const found = evenTicks(low, high, raw);
  return found.length < 3 ? evenTicks(low, high, (high - low) / 5) : found;
}

function evenTicks(low, high, raw) {
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((m) => m * power >= raw * 0.999) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const found = [];
  for (let i = first; i <= last && found.length < 50; i += 1) found.push(clean(i * step, step));
  return found;
}

function logTicks(low, high, count) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  if (last - first < 1) return ticks(low, high, count).filter((v) => v > 0);
  const every = Math.max(1, Math.ceil((last - first) / Math.max(1, count)));
  const found = [];
  for (let power = first; power <= last; power += every) found.push(10 ** power);
  return found;
}

/** 3 * 0.1 is 0.30000000000000004: round to the decimals of the step. */
function clean(value, step) {
  const decimals = Math.min(100, Math.max(0, -Math.floor(Math.log10(step)) + 1));
  return Number(value.toFixed(decimals));
}

/** Return a number as text: at most `digits` significant digits, no needless zeros. */
export function format(value, digits = 4) {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  let text;
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) {
    const [mantissa, power] = value.toExponential(Math.max(0, digits - 1)).split('e');
    text = `${Number(mantissa)}e${Number(power)}`;
  } else if (Number.isInteger(value)) {
    text = String(value).replace(/\B(?=(\d{3})+(?!\d))/g, size >= 10000 ? '\u202f' : '');
  } else {
    text = String(Number(value.toPrecision(digits)));
  }
  return text.replace('-', '−');
}

/** A scalar of a trace travels as a number, or as 'nan', 'inf', '-inf'. */
export function toNumber(value) {
  if (typeof value === 'number') return value;
  return { inf: Infinity, '-inf': -Infinity }[value] ?? NaN;
}
