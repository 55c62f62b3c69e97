// The parts of the player that need no browser: numbers, ticks, ranges, frames.

import assert from 'node:assert/strict';
import test from 'node:test';
import { format, scale, ticks, toNumber } from '../src/scale.js';
import { appendFrame, frameAt, parseTrace, viewRanges } from '../src/trace.js';
import { equal } from '../src/views/plan.js';

test('ticks are round, inside the range, and at least three', () => {
  assert.deepEqual(ticks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticks(-0.3, 0.31, 3), [-0.2, 0, 0.2]);
  for (const [low, high] of [[0, 1], [-4.8, 4.9], [1e-9, 3e-9], [1e8, 1.1e8], [0.13, 0.131]]) {
    const found = ticks(low, high, 2);
    assert.ok(found.length >= 3, `${low}..${high}: ${found}`);
    assert.ok(found.every((v) => v >= low && v <= high), `${low}..${high}: ${found}`);
  }
});

test('logarithmic ticks are powers of ten', () => {
  assert.deepEqual(ticks(1, 1000, 4, 'log'), [1, 10, 100, 1000]);
});

test('an empty range does not hang', () => {
  assert.deepEqual(ticks(3, 3, 5), [3]);
  assert.deepEqual(ticks(0, Infinity, 5), [0]);
});

test('numbers are written as a reader wants them', () => {
  const written = [0, 0.1 + 0.2, 1234, 12345, -2.5, 1e-7, 1.5e9, NaN, Infinity, null].map((v) => format(v));
  assert.deepEqual(written, ['0', '0.3', '1234', '12\u202f345', '−2.5', '1e−7', '1.5e9', '–', '∞', '–']);
});

test('scalars come back from text', () => {
  assert.equal(toNumber('-inf'), -Infinity);
  assert.ok(Number.isNaN(toNumber('nan')));
  assert.equal(toNumber(2), 2);
});

test('a scale maps the ends onto the ends', () => {
  const x = scale([0, 10], [100, 200]);
  assert.equal(x(0), 100);
  assert.equal(x(10), 200);
  assert.equal(scale([1, 100], [0, 2], 'log')(10), 1);
});

const VIEW = { id: 'a', kind: 'scatter', x_scale: 'linear', y_scale: 'linear', x_range: null, y_range: [0, 1], z_range: null };

function trace(...frames) {
  return { views: [VIEW], frames };
}

function frame(step, ...marks) {
  return { step, marks: { a: marks }, scalars: {}, sentence: '' };
}

test('marks in the pool are resolved', () => {
  const mark = { type: 'points', x: [1], y: [2], role: 'real', label: '' };
  const text = JSON.stringify({ synthkit_trace: 1, views: [VIEW], pool: [mark], frames: [{ step: 0, marks: { a: [0, 0] } }] });
  assert.deepEqual(parseTrace(text).frames[0].marks.a, [mark, mark]);
  assert.throws(() => parseTrace('{"synthkit_trace": 2, "pool": [], "frames": []}'), /version 1/);
});

test('ranges cover all frames of all runs, and a stated range wins', () => {
  const one = trace(frame(0, { type: 'points', x: [0, null], y: [5, 5] }), frame(1, { type: 'points', x: [10], y: [9] }));
  const two = trace(frame(0, { type: 'line', x: [-10, 20], y: [0, 0] }));
  const ranges = viewRanges(VIEW, [one, two]);
  assert.ok(ranges.x[0] < -10 && ranges.x[0] > -12 && ranges.x[1] > 20 && ranges.x[1] < 22);
  assert.deepEqual(ranges.y, [0, 1]);
});

test('bars stand on zero', () => {
  const view = { ...VIEW, y_range: null };
  const bars = trace(frame(0, { type: 'bars', edges: ['a', 'b'], heights: [3, 4] }));
  const ranges = viewRanges(view, [bars]);
  assert.equal(ranges.y[0], 0);
  assert.deepEqual(ranges.names, ['a', 'b']);
});

test('live frames stay at most 100, with the first and the newest', () => {
  const live = trace();
  for (let step = 0; step < 1000; step += 1) appendFrame(live, frame(step));
  assert.ok(live.frames.length <= 100 && live.frames.length > 50);
  assert.equal(live.frames[0].step, 0);
  assert.equal(live.frames.at(-1).step, 999);
});

test('a step between two frames shows the earlier one', () => {
  const run = trace(frame(0), frame(10), frame(20));
  assert.deepEqual([-1, 0, 15, 99].map((step) => frameAt(run, step)), [0, 0, 1, 2]);
});

test('a plan has one scale for both axes', () => {
  const area = { left: 0, right: 400, top: 0, bottom: 200 };
  const ranges = { x: [0, 100], y: [0, 10], names: null };
  assert.deepEqual(equal(ranges, area), { x: [0, 100], y: [-20, 30], names: null });
  assert.deepEqual(equal({ x: [0, 10], y: [-50, 50] }, area), { x: [-95, 105], y: [-50, 50] });
});
