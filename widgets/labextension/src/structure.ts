/**
 * What an open lesson holds, read from the metadata of its cells. No DOM in here.
 *
 * A cell says `{"synthkit": {"section", "exercise", "role", "minutes", "title"}}`.
 * `scripts/catalog.py` reads the pristine lessons by the same rules.
 */
import type { IExercise, IHeading, ISection } from './catalog';
import { minutesOf } from './catalog';

/** One cell, as far as the outline cares. */
export interface ICellFacts {
  readonly type: string;
  readonly source: string;
  readonly meta: unknown;
}

export interface IPlacedExercise extends IExercise {
  /** Index of its first cell. */
  readonly cell: number;
  /** Cell indices by role: exercise, check, hint, solution, predict, widget. */
  readonly roles: Readonly<Record<string, readonly number[]>>;
}

export interface IPlacedSection extends ISection {
  readonly cell: number;
  readonly exercises: readonly IPlacedExercise[];
}

/** The first heading of a Markdown source as plain text, or ''. */
export function firstHeading(source: string): string {
  const found = /^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$/m.exec(source);
  return found ? plain(found[1]) : '';
}

/** Drop Markdown's emphasis and code marks, and a leading '3. '. */
function plain(markdown: string): string {
  return markdown
    .replace(/<\/?abbr[^>]*>/g, '')
    .replace(/[*`]/g, '')
    .replace(/^\d+\.\s+/, '')
    .trim();
}

/** 'estimate-pi' -> 'Estimate pi': where neither metadata nor a heading gives a title. */
export function humanise(id: string): string {
  const words = id.replace(/[-_]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

interface IDraftExercise {
  id: string;
  title: string;
  minutes: number | null;
  cell: number;
  roles: Record<string, number[]>;
}

interface IDraftSection {
  slug: string;
  title: string;
  minutes: number | null;
  core: boolean;
  cell: number;
  exercises: IDraftExercise[];
}

/** Group the cells of a lesson into sections and exercises, in the order they stand in. */
export function readStructure(
  cells: readonly ICellFacts[],
  headings: readonly IHeading[]
): IPlacedSection[] {
  const sections: IDraftSection[] = [];
  cells.forEach((cell, index) => {
    const meta = (cell.meta ?? {}) as Record<string, unknown>;
    const slug = typeof meta.section === 'string' ? meta.section : '';
    if (!slug) {
      return;
    }
    let section = sections.find(known => known.slug === slug);
    if (!section) {
      const heading = headings.find(known => known.slug === slug);
      const own = cell.type === 'markdown' ? firstHeading(cell.source) : '';
      section = {
        slug,
        title: heading?.title || own || humanise(slug),
        minutes: null,
        core: heading?.core ?? false,
        cell: index,
        exercises: []
      };
      sections.push(section);
    }
    if (typeof meta.exercise === 'string' && meta.exercise) {
      placeExercise(section, cell, index, meta);
    } else {
      section.minutes ??= minutesOf(meta.minutes);
    }
  });
  return sections;
}

function placeExercise(
  section: IDraftSection,
  cell: ICellFacts,
  index: number,
  meta: Record<string, unknown>
): void {
  const id = meta.exercise as string;
  let exercise = section.exercises.find(known => known.id === id);
  if (!exercise) {
    exercise = { id, title: '', minutes: null, cell: index, roles: {} };
    section.exercises.push(exercise);
  }
  const role = typeof meta.role === 'string' ? meta.role : 'exercise';
  (exercise.roles[role] ??= []).push(index);
  exercise.minutes ??= minutesOf(meta.minutes);
  // A section may begin with its first exercise: that cell's heading names the section.
  const names = cell.type === 'markdown' && index !== section.cell;
  const given = typeof meta.title === 'string' ? meta.title : '';
  const title = given || (names ? firstHeading(cell.source) : '');
  if (title && (exercise.title === '' || exercise.title === humanise(id))) {
    exercise.title = title;
  }
  exercise.title ||= humanise(id);
}

/** The section that a cell stands in: the last one that begins at or before it. */
export function sectionAt(
  sections: readonly IPlacedSection[],
  cell: number
): IPlacedSection | null {
  let found: IPlacedSection | null = null;
  for (const section of sections) {
    if (section.cell <= cell && (!found || section.cell >= found.cell)) {
      found = section;
    }
  }
  return found;
}

/** The exercise whose cells enclose this one, else the last that begins before it. */
export function exerciseAt(
  sections: readonly IPlacedSection[],
  cell: number
): IPlacedExercise | null {
  const section = sectionAt(sections, cell);
  let found: IPlacedExercise | null = null;
  for (const exercise of section?.exercises ?? []) {
    if (exercise.cell <= cell || !found) {
      found = exercise;
    }
  }
  return found;
}
