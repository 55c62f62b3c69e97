/**
 * The learner's folder, through the contents API alone.
 *
 * Nothing is ever overwritten: a file is first written under a name of the server's own choosing
 * and then renamed, and the server refuses to rename onto a file that is there. So two tabs that
 * open the same lesson at once cannot harm each other either.
 */
import { PathExt } from '@jupyterlab/coreutils';
import type * as nbformat from '@jupyterlab/nbformat';
import type { Contents } from '@jupyterlab/services';
import type { IStateDB } from '@jupyterlab/statedb';
import { UUID } from '@lumino/coreutils';

import { versionOf } from './catalog';
import type { ILesson } from './catalog';
import { PROGRESS_FILE } from './progress';
import { SETTINGS_FILE } from './settings';

const REMEMBERED = 'synthkit-lab:workspace';
const LESSON_FILE = /^\d\d_[a-z0-9_]+\.ipynb$/;

export interface IProvided {
  /** The learner's copy. */
  readonly path: string;
  /** Where a newer version of the lesson lies, if the copy is of another one. */
  readonly newer: string | null;
}

function status(error: unknown): number | undefined {
  return (error as { response?: Response }).response?.status;
}

/** '2026-11-24_17-05-09' in local time: sorts well, and every file system takes it. */
export function timestamp(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day}_${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join('-')}`;
}

/** Letters, digits, '.', '-' and '_' of a name; for file names made from other names. */
export function safeStem(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, '_').replace(/^[._]+|[._]+$/g, '') || 'table';
}

/** The file that `synthkit lab` keeps in a folder that it has filled. */
const MANIFEST_FILE = 'synthkit-workspace.json';

export class Workspace {
  private _folder: string | null = null;
  private _progressSeen = false;

  constructor(
    private readonly _contents: Contents.IManager,
    /**
     * A drive of our own. What it writes is announced to nobody: the file browser would list the
     * folder at once, and again when the draft has got its name.
     */
    private readonly _quiet: Contents.IDrive,
    private readonly _state: IStateDB | null,
    private readonly _browsed: () => string,
    /** List the folder anew, and wait for it: the next listing by itself is seconds away then. */
    private readonly _refresh: () => Promise<void>
  ) {}

  /** The folder in use, or null as long as there is none. */
  get folder(): string | null {
    return this._folder;
  }

  /** A lesson of this folder is open: it is the workspace. */
  adopt(folder: string): void {
    if (folder !== this._folder) {
      this._folder = folder;
      this._progressSeen = false;
      void this._state?.save(REMEMBERED, folder);
    }
  }

  /** Find the folder that holds the lessons; null where there is none yet. */
  async find(): Promise<string | null> {
    if (this._folder !== null) {
      return this._folder;
    }
    const remembered = await this._state?.fetch(REMEMBERED);
    const places = new Set(['', this._browsed()]);
    if (typeof remembered === 'string') {
      places.add(remembered);
    }
    for (const place of places) {
      if ((await this.names(place)).some(isOurs)) {
        this.adopt(place);
        return place;
      }
    }
    return null;
  }

  /** The folder for new lessons: where lessons are already, else the root. */
  async settle(): Promise<string> {
    const found = await this.find();
    if (found === null) {
      this.adopt('');
    }
    return found ?? '';
  }

  /** The names in a folder; none where it cannot be read. */
  async names(folder: string): Promise<string[]> {
    try {
      const model = await this._contents.get(folder, { type: 'directory', content: true });
      return (model.content as Contents.IModel[]).map(item => item.name);
    } catch {
      return [];
    }
  }

  /** Give the learner's copy of a lesson, copying it on first opening. */
  async provide(
    lesson: ILesson,
    kit: string,
    pristine: () => Promise<nbformat.INotebookContent>
  ): Promise<IProvided> {
    const folder = await this.settle();
    const path = PathExt.join(folder, lesson.notebook);
    if (!(await this.names(folder)).includes(lesson.notebook)) {
      await this.create(folder, lesson.notebook, await pristine());
      return { path, newer: null };
    }
    const copy = await this._contents.get(path, { type: 'notebook', content: true });
    const theirs = versionOf(copy.content as nbformat.INotebookContent);
    const kits = await pristine();
    const version = versionOf(kits);
    if (theirs === version) {
      return { path, newer: null };
    }
    // The same name as `synthkit lab` would give it.
    const name = `${lesson.id}_v${safeStem(version || kit)}.ipynb`;
    if (!(await this.names(folder)).includes(name)) {
      await this.create(folder, name, kits);
    }
    return { path, newer: PathExt.join(folder, name) };
  }

  /**
   * Create a notebook; false if the name is taken (then nothing was changed).
   */
  async create(
    folder: string,
    name: string,
    content: nbformat.INotebookContent
  ): Promise<boolean> {
    await this._refresh();
    // A name that no other tab picks: the server would call the drafts of both 'Untitled'. And one
    // that it doesn't list, as it ends with '~': a listing, of this tab or another, that meets a
    // file just as it is renamed fails, and JupyterLab opens a 'Directory not found' dialog.
    const draft = PathExt.join(folder, `draft-${UUID.uuid4()}.ipynb~`);
    const text = `${JSON.stringify(content, null, 1)}\n`;
    try {
      await this._quiet.save(draft, { type: 'file', format: 'text', content: text });
      await this._quiet.rename(draft, PathExt.join(folder, name));
      await this._refresh();
      return true;
    } catch (error) {
      await this._quiet.delete(draft).catch(() => undefined); // it may never have been there
      if (status(error) === 409) {
        return false;
      }
      throw error;
    }
  }

  /** Create a notebook under the first free name of 'stem.ipynb', 'stem_2.ipynb', … */
  async createNumbered(
    folder: string,
    stem: string,
    content: nbformat.INotebookContent
  ): Promise<string> {
    const taken = await this.names(folder);
    for (let i = 1; i < 1000; i++) {
      const name = i === 1 ? `${stem}.ipynb` : `${stem}_${i}.ipynb`;
      if (!taken.includes(name) && (await this.create(folder, name, content))) {
        return PathExt.join(folder, name);
      }
    }
    throw new Error(`There are too many files named ${stem}_… in this folder. Remove some.`);
  }

  /** Rename a lesson's copy with a timestamp; return its new path, or null if there is none. */
  async setAside(
    lesson: ILesson,
    rename: (from: string, to: string) => Promise<unknown>
  ): Promise<string | null> {
    const folder = await this.settle();
    if (!(await this.names(folder)).includes(lesson.notebook)) {
      return null;
    }
    const stem = `${lesson.id}_${timestamp(new Date())}`;
    const taken = await this.names(folder);
    const free = [1, 2, 3, 4, 5]
      .map(i => (i === 1 ? `${stem}.ipynb` : `${stem}-${i}.ipynb`))
      .find(name => !taken.includes(name));
    const kept = PathExt.join(folder, free ?? `${stem}-${Date.now()}.ipynb`);
    await rename(PathExt.join(folder, lesson.notebook), kept);
    return kept;
  }

  /** The progress file's text; '' where there is none. */
  async progress(): Promise<string> {
    const folder = this._folder;
    if (folder === null) {
      return '';
    }
    if (!this._progressSeen && !(await this.names(folder)).includes(PROGRESS_FILE)) {
      return '';
    }
    this._progressSeen = true;
    return this._text(PathExt.join(folder, PROGRESS_FILE));
  }

  /**
   * Write the settings for the kernel, if there is a workspace and they differ.
   *
   * A busy server may refuse once; a folder that cannot be written refuses always, and then the
   * kernel keeps its own defaults.
   */
  async writeSettings(content: string): Promise<void> {
    for (const pause of [500, 3000, 0]) {
      try {
        await this._writeSettings(content);
        return;
      } catch (error) {
        console.warn('Synthkit cannot write its settings for the kernel:', error);
        await new Promise(resolve => window.setTimeout(resolve, pause));
      }
    }
  }

  private async _writeSettings(content: string): Promise<void> {
    const folder = this._folder;
    if (folder === null) {
      return;
    }
    const path = PathExt.join(folder, SETTINGS_FILE);
    const there = (await this.names(folder)).includes(SETTINGS_FILE);
    if (!there || (await this._text(path)) !== content) {
      await this._contents.save(path, { type: 'file', format: 'text', content });
    }
  }

  private async _text(path: string): Promise<string> {
    try {
      const model = await this._contents.get(path, { type: 'file', format: 'text', content: true });
      return model.content as string;
    } catch {
      this._progressSeen = false;
      return '';
    }
  }
}

function isOurs(name: string): boolean {
  return [PROGRESS_FILE, SETTINGS_FILE, MANIFEST_FILE].includes(name) || LESSON_FILE.test(name);
}
