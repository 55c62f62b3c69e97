/**
 * The catalog: which lessons there are, and what each holds as the kit ships it.
 *
 * `catalog.json` and the pristine lessons lie in the extension's own static directory, so
 * reading them needs no server part.
 */
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import type * as nbformat from '@jupyterlab/nbformat';
import { ServerConnection } from '@jupyterlab/services';

export interface IExercise {
  readonly id: string;
  readonly title: string;
  readonly minutes: number | null;
}

export interface ISection {
  readonly slug: string;
  readonly title: string;
  readonly minutes: number | null;
  /** Part of the ten-minute core? The rest of a lesson is optional. */
  readonly core: boolean;
  readonly exercises: readonly IExercise[];
}

export interface ILesson {
  readonly id: string;
  readonly title: string;
  readonly minutes: number;
  readonly prerequisites: readonly string[];
  readonly breaks: string;
  readonly extra: string;
  readonly notebook: string;
  readonly sections: readonly ISection[];
}

/** A template heading. */
export interface IHeading {
  readonly slug: string;
  readonly title: string;
  /** Part of the ten-minute core? */
  readonly core: boolean;
}

export interface ICatalog {
  /** The kit's version. */
  readonly kit: string;
  readonly lessons: readonly ILesson[];
  /** The template's headings, in order. */
  readonly headings: readonly IHeading[];
}

export const EMPTY_CATALOG: ICatalog = { kit: '', lessons: [], headings: [] };

/** The two digits a lesson is known by: '01' for '01_monte_carlo'. */
export function lessonNumber(id: string): string {
  return id.slice(0, 2);
}

/** The part of a title before its colon: 'Monte Carlo' for 'Monte Carlo: let chance …'. */
export function shortTitle(lesson: ILesson): string {
  return lesson.title.split(':')[0];
}

/** Fetches what lies in the extension's own static directory, under any base URL. */
export class Library {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  /** The catalog; empty where it cannot be read (`problem` says why). */
  async catalog(): Promise<ICatalog> {
    try {
      return parseCatalog(await this._json('catalog.json'));
    } catch (error) {
      this.problem = `The list of lessons cannot be read: ${(error as Error).message}`;
      return EMPTY_CATALOG;
    }
  }

  /** The lesson as the kit ships it. */
  async pristine(lesson: ILesson): Promise<nbformat.INotebookContent> {
    const notebook = (await this._json(lesson.notebook)) as nbformat.INotebookContent;
    if (!Array.isArray(notebook?.cells)) {
      throw new Error(`${lesson.notebook} in the kit is not a notebook. Install the kit again.`);
    }
    // These outputs come from the kit itself, installed beside this code: they may show.
    for (const cell of notebook.cells) {
      if (cell.cell_type === 'code') {
        cell.metadata.trusted = true;
      }
    }
    return notebook;
  }

  problem = '';

  private async _json(name: string): Promise<unknown> {
    const url = URLExt.join(this.root(), encodeURIComponent(name));
    const response = await ServerConnection.makeRequest(url, {}, this._settings);
    if (!response.ok) {
      throw new Error(`${name}: the server answered ${response.status}`);
    }
    return response.json();
  }

  /** The address of the extension's course folder. */
  root(): string {
    const { baseUrl } = this._settings;
    const extensions =
      PageConfig.getOption('fullLabextensionsUrl') || URLExt.join(baseUrl, 'lab/extensions');
    // The page gives a path such as /user/ada/lab/extensions; requests want the whole address.
    return URLExt.join(new URL(extensions, baseUrl).toString(), 'synthkit-lab', 'course');
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function minutesOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
}

type Json = Record<string, unknown>;

/** A lesson's version, a hash of what it holds; '' where the notebook says nothing. */
export function versionOf(notebook: nbformat.INotebookContent): string {
  return text(((notebook.metadata?.synthkit ?? {}) as Json).version);
}

function records(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(v => v !== null && typeof v === 'object') : [];
}

function parseCatalog(data: unknown): ICatalog {
  const found = data as Json;
  const lessons = records(found.lessons).map(entry => ({
    id: text(entry.id),
    title: text(entry.title),
    minutes: minutesOf(entry.minutes) ?? 0,
    prerequisites: Array.isArray(entry.prerequisites) ? entry.prerequisites.map(text) : [],
    breaks: text(entry.breaks),
    extra: text(entry.extra),
    notebook: text(entry.notebook),
    sections: records(entry.outline).map(parseSection)
  }));
  const headings = records(found.sections).map(section => ({
    slug: text(section.slug),
    title: text(section.heading),
    core: section.core === true
  }));
  return { kit: text(found.kit), lessons, headings };
}

function parseSection(section: Json): ISection {
  return {
    slug: text(section.slug),
    title: text(section.title),
    minutes: minutesOf(section.minutes),
    core: section.core === true,
    exercises: records(section.exercises).map(exercise => ({
      id: text(exercise.id),
      title: text(exercise.title),
      minutes: minutesOf(exercise.minutes)
    }))
  };
}
