/**
 * The outline as a flat list of rows, and what each key does in it (the ARIA tree pattern).
 * No DOM in here.
 */
import type { ICatalog, IExercise, ILesson, ISection } from './catalog';
import type { Course } from './course';

export interface IRow {
  /** 'lesson', 'lesson/section' or 'lesson/section/exercise'. */
  readonly key: string;
  readonly parent: string | null;
  readonly level: 1 | 2 | 3;
  /** Null where there is nothing to open. */
  readonly expanded: boolean | null;
  readonly lesson: ILesson;
  readonly section?: ISection;
  readonly exercise?: IExercise;
  readonly label: string;
}

/** What the learner opened and closed; everything else follows the default. */
export type Folds = Readonly<Record<string, boolean>>;

/** The rows that can be seen, top to bottom. */
export function visibleRows(catalog: ICatalog, course: Course, folds: Folds): IRow[] {
  const rows: IRow[] = [];
  for (const lesson of catalog.lessons) {
    const sections = course.sections(lesson.id);
    // The lesson in front is open unless it was closed; its exercises are in view at once.
    const open = folds[lesson.id] ?? course.place?.lesson === lesson.id;
    const key = lesson.id;
    const expanded = sections.length ? open : null;
    rows.push({ key, parent: null, level: 1, expanded, lesson, label: lesson.title });
    if (!open) {
      continue;
    }
    for (const section of sections) {
      const sectionKey = `${key}/${section.slug}`;
      const unfolded = folds[sectionKey] ?? true;
      rows.push({
        key: sectionKey,
        parent: key,
        level: 2,
        expanded: section.exercises.length ? unfolded : null,
        lesson,
        section,
        label: section.title
      });
      for (const exercise of unfolded ? section.exercises : []) {
        const exerciseKey = `${sectionKey}/${exercise.id}`;
        const label = exercise.title;
        rows.push({
          key: exerciseKey, parent: sectionKey, level: 3, expanded: null,
          lesson, section, exercise, label
        });
      }
    }
  }
  return rows;
}

export type Move = { focus: string } | { fold: string; open: boolean } | { go: string };

/** What a key does on a row; null for keys that are none of ours. */
export function keyMove(rows: readonly IRow[], at: string, key: string): Move | null {
  const index = rows.findIndex(row => row.key === at);
  const row = rows[index];
  if (!row) {
    return null;
  }
  const focus = (target: IRow | undefined): Move | null => (target ? { focus: target.key } : null);
  switch (key) {
    case 'ArrowDown':
      return focus(rows[index + 1]);
    case 'ArrowUp':
      return focus(rows[index - 1]);
    case 'Home':
      return focus(rows[0]);
    case 'End':
      return focus(rows[rows.length - 1]);
    case 'ArrowRight':
      if (row.expanded === false) {
        return { fold: row.key, open: true };
      }
      return row.expanded ? focus(rows[index + 1]) : null;
    case 'ArrowLeft':
      if (row.expanded) {
        return { fold: row.key, open: false };
      }
      return row.parent ? { focus: row.parent } : null;
    case 'Enter':
    case ' ':
      return { go: row.key };
    default:
      return key.length === 1 ? focus(nextByLetter(rows, index, key)) : null;
  }
}

function nextByLetter(rows: readonly IRow[], index: number, letter: string): IRow | undefined {
  const wanted = letter.toLowerCase();
  const ahead = [...rows.slice(index + 1), ...rows.slice(0, index)];
  return ahead.find(row => row.label.toLowerCase().startsWith(wanted));
}
