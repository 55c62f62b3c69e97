/** The notebooks that the kit writes for a learner's own table and own technique. */
import type * as nbformat from '@jupyterlab/nbformat';

/**
 * A Python string literal. Every JSON string is one, and JSON escapes quotes, backslashes and
 * control characters, so a file name cannot break out of it.
 */
export function pythonString(text: string): string {
  return JSON.stringify(text);
}

type Source = readonly ['markdown' | 'code', ...string[]];

function notebook(sources: readonly Source[]): nbformat.INotebookContent {
  const cells = sources.map(([cell_type, ...lines], index) => {
    const shared = { id: `synthkit-${index}`, metadata: {}, source: lines.join('\n') };
    return cell_type === 'code'
      ? { cell_type, ...shared, execution_count: null, outputs: [] }
      : { cell_type, ...shared };
  });
  return {
    cells: cells as nbformat.ICell[],
    metadata: {
      kernelspec: { display_name: 'Python 3 (ipykernel)', language: 'python', name: 'python3' },
      language_info: { name: 'python' }
    },
    nbformat: 4,
    nbformat_minor: 5
  };
}

/** The line that reads a table; null stands for the table that comes with the kit. */
function readLine(path: string | null): string {
  if (path === null) {
    return 'real = sk.load("breast_cancer")  # comes with the kit';
  }
  const name = path.toLowerCase();
  const call = name.endsWith('.parquet') ? 'read_parquet(TABLE)' : 'read_csv(TABLE)';
  return `real = pd.${name.endsWith('.tsv') ? 'read_csv(TABLE, sep="\\t")' : call}`;
}

/** *Explore my table*: what is in it, a synthetic copy, and how good and how private that is. */
export function exploreNotebook(path: string | null, seed: number): nbformat.INotebookContent {
  const named = path === null ? [] : [`TABLE = ${pythonString(path)}`];
  return notebook([
    [
      'markdown',
      '# Explore my table',
      '',
      'Run the cells one by one (Shift-Enter). The table stays where it is: nothing is uploaded,',
      'and no row of it is shown or kept in this notebook unless you ask for it.'
    ],
    [
      'code',
      ...(path === null ? [] : ['import pandas as pd', '']),
      'import synthkit as sk',
      '',
      ...named,
      `SEED = ${seed}`,
      readLine(path),
      'print(f"{len(real):,} rows, {real.shape[1]} columns")'
    ],
    [
      'markdown',
      '## What is each column?',
      '',
      'Look for names, addresses, and whole numbers that are really labels. If a kind is wrong,',
      'name the right one: `sk.Schema.infer(real, overrides={"age": "continuous"})`.'
    ],
    ['code', 'schema = sk.Schema.infer(real)', 'schema'],
    [
      'markdown',
      '## One technique, judged',
      '',
      'Predict first: where will a synthetic copy differ most from your table? Then run. A piece',
      'of the table is held out before the technique sees it, so that a copy cannot look good.'
    ],
    ['code', 'card = sk.judge(sk.MonteCarlo(), real, rng=SEED)', 'card'],
    ['markdown', '## Several techniques, side by side'],
    [
      'code',
      'sk.compare([sk.MonteCarlo(), sk.Bootstrap(), sk.Trees()], real, rng=SEED)'
    ],
    [
      'markdown',
      '## Make the table',
      '',
      'Choose the technique that came out best for *your* purpose. Read its privacy figures',
      'before you give the result to anybody: synthetic does not mean anonymous.'
    ],
    [
      'code',
      'synthetic = sk.MonteCarlo().fit(real, rng=SEED).sample(len(real), rng=SEED + 1)',
      'synthetic.head()'
    ],
    ['code', 'synthetic.to_csv("synthetic.csv", index=False, mode="x")  # never over an old file']
  ]);
}

/** *Prototype a technique*: the smallest one that works, through the scorecard. */
export function prototypeNotebook(seed: number): nbformat.INotebookContent {
  return notebook([
    [
      'markdown',
      '# Prototype a technique',
      '',
      'A technique is `_fit` and `_sample_block`. The table reaches it checked; the encoder turns',
      'every column into numbers between 0 and 1 (its ranks) and back. This one keeps each column',
      'as it is and forgets how columns hang together. Change it.'
    ],
    [
      'code',
      'import synthkit as sk',
      '',
      `SEED = ${seed}`,
      'real = sk.load("breast_cancer")'
    ],
    [
      'code',
      'class MyTechnique(sk.Synthesizer):',
      '    """Each column drawn on its own: the margins stay, the correlations go."""',
      '',
      '    name = "my_technique"',
      '',
      '    def _fit(self, table, rng):',
      '        self.coder_ = sk.TableEncoder(self.schema_).fit(table)',
      '        u, missing = self.coder_.encode(table)  # (rows, columns) each, u in (0, 1)',
      '        self.missing_share_ = missing.mean(axis=0)  # (columns,)',
      '',
      '    def _sample_block(self, n, rng, given):',
      '        shape = (n, len(self.missing_share_))',
      '        missing = rng.random(shape) < self.missing_share_',
      '        return self.coder_.decode(rng.random(shape), missing)'
    ],
    [
      'markdown',
      '## Predict, then judge',
      '',
      'Which figure of the scorecard will suffer most, and which will be perfect?'
    ],
    ['code', 'card = sk.judge(MyTechnique(), real, rng=SEED)', 'card'],
    ['markdown', '## In the arena'],
    ['code', 'sk.compare([MyTechnique(), sk.MonteCarlo(), sk.Bootstrap()], real, rng=SEED)']
  ]);
}
