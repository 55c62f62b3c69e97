/** *Explore my table*: choosing a table and writing the notebook for it. */
import { InputDialog } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { FileDialog } from '@jupyterlab/filebrowser';

import type { Workspace } from './workspace';

const TABLE = /\.(csv|tsv|parquet)$/i;
const BUNDLED = 'A table that comes with the kit (breast cancer)';
const BROWSE = 'Another file …';

export function isTable(path: string): boolean {
  return TABLE.test(path);
}

/**
 * Ask for a table.
 *
 * @returns its path, null for the bundled table, undefined if nothing was chosen.
 */
export async function chooseTable(
  documents: IDocumentManager,
  workspace: Workspace,
  browsed: string
): Promise<string | null | undefined> {
  const folders = [...new Set([browsed, workspace.folder ?? ''])];
  const found: string[] = [];
  for (const folder of folders) {
    const names = (await workspace.names(folder)).filter(isTable);
    found.push(...names.map(name => PathExt.join(folder, name)));
  }
  const chosen = await InputDialog.getItem({
    title: 'Explore which table?',
    label: 'The file stays where it is; nothing is uploaded.',
    items: [...found, BROWSE, BUNDLED],
    current: found.length ? 0 : 1,
    okLabel: 'Explore'
  });
  if (!chosen.button.accept || chosen.value === null) {
    return undefined;
  }
  if (chosen.value === BUNDLED) {
    return null;
  }
  return chosen.value === BROWSE ? browse(documents) : chosen.value;
}

async function browse(documents: IDocumentManager): Promise<string | undefined> {
  const picked = await FileDialog.getOpenFiles({
    manager: documents,
    title: 'Choose a CSV or Parquet file',
    filter: model => (model.type === 'directory' || isTable(model.name) ? { score: 1 } : null)
  });
  const file = picked.button.accept ? picked.value?.find(model => isTable(model.name)) : undefined;
  return file?.path;
}
