// Colours: what a role looks like, and that the high-contrast set deserves its name.

import assert from 'node:assert/strict';
import test from 'node:test';
import { roleStyle } from '../src/roles.js';

const ROLES = ['real', 'synthetic', 'holdout', 'prediction', 'healed', 'noise'];
const PAPERS = { light: ['#ffffff', false], dark: ['#111111', true] };

/** Relative luminance, WCAG 2.2. */
function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

test('black on white has contrast 21', () => {
  assert.ok(Math.abs(contrast('#000000', '#ffffff') - 21) < 1e-9);
});

for (const [name, [paper, dark]] of Object.entries(PAPERS)) {
  test(`high contrast means 7 or more, on ${name}`, () => {
    const colours = ROLES.map((role) => roleStyle(role, { ink: '#000000', dark, contrast: true }).color);
    assert.equal(new Set(colours).size, ROLES.length);
    for (const colour of colours) assert.ok(contrast(colour, paper) >= 7, `${colour}: ${contrast(colour, paper)}`);
  });
}

test('without it the colours are those of Okabe and Ito, which do not all have that', () => {
  const colours = ROLES.map((role) => roleStyle(role, { ink: '#000000', dark: false, contrast: false }).color);
  assert.deepEqual(colours.slice(0, 5), ['#0072B2', '#D55E00', '#56B4E9', '#CC79A7', '#009E73']);
  assert.ok(colours.some((colour) => contrast(colour, '#ffffff') < 3));
});

test('shapes are the same in either set', () => {
  for (const role of ROLES) {
    const [plain, strong] = [false, true].map((contrast) => roleStyle(role, { ink: '#000', dark: false, contrast }));
    assert.deepEqual([plain.shape, plain.dash], [strong.shape, strong.dash]);
  }
});
