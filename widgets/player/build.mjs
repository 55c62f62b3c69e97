// Bundle the sources into the one file that the package ships.
//
// The first line of the bundle holds two SHA-256 sums: of the sources, and of the code below it.
// tests/test_player_bundle.py computes both again, so a stale or hand-edited bundle is noticed on any
// machine, with or without Node.

import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, '../../synthkit/widgets/assets/player.js');

/** Sources in the order of their paths: what the bundle depends on. */
export function sourceFiles(folder = 'src') {
  return readdirSync(join(here, folder), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? sourceFiles(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]));
}

function digest(text) {
  return createHash('sha256').update(text).digest('hex');
}

const sources = [...sourceFiles(), 'build.mjs', 'package-lock.json'].sort();
const sum = digest(sources.map((name) => `${name}\0${readFileSync(join(here, name), 'utf8').replaceAll('\r\n', '\n')}\0`).join(''));

const result = await build({
  absWorkingDir: here,
  entryPoints: ['src/index.js'],
  bundle: true,
  write: false,
  minify: true,
  format: 'esm',
  target: 'es2021',
  charset: 'utf8',
  legalComments: 'none',
  loader: { '.css': 'text' },
});
const code = result.outputFiles[0].text;
writeFileSync(target, `/* synthkit player; sources sha256 ${sum}; code sha256 ${digest(code)} */\n${code}`);
console.log(`${target.split(/[\\/]/).slice(-4).join('/')}: ${(code.length / 1024).toFixed(1)} kB`);
