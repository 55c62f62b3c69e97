/**
 * What the learner has done. The kernel alone writes `synthkit-progress.json`; this only reads
 * it, and the outputs of checks in the open notebook, which are there a moment earlier.
 */
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

export const PROGRESS_FILE = 'synthkit-progress.json';
export const PROGRESS_MIME = 'application/vnd.synthkit.progress+json';

export type Outcome = 'untried' | 'wrong' | 'error' | 'right';

/** What the outline shows of one exercise. */
export type Tick = 'open' | 'tried' | 'done' | 'skipped';

export interface IRecord {
  outcome: Outcome;
  /** Right at least once: a tick once earned stays. */
  done: boolean;
  skipped: boolean;
  time: string;
  seed: number | null;
}

type Json = Record<string, unknown>;

const OUTCOMES: readonly string[] = ['untried', 'wrong', 'error', 'right'];

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function seedOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function outcomeOf(value: unknown): Outcome {
  return OUTCOMES.includes(value as string) ? (value as Outcome) : 'untried';
}

/** One check's output, or null if it isn't one. */
export function parseOutput(
  data: unknown
): { lesson: string; exercise: string; record: IRecord } | null {
  if (!isJson(data) || data.version !== 1) {
    return null;
  }
  const { lesson, exercise, outcome, time } = data;
  if (typeof lesson !== 'string' || typeof exercise !== 'string') {
    return null;
  }
  const known = outcomeOf(outcome);
  return {
    lesson,
    exercise,
    record: {
      outcome: known,
      done: known === 'right' || data.done === true,
      skipped: false,
      time: typeof time === 'string' ? time : '',
      seed: seedOf(data.seed)
    }
  };
}

class LessonProgress {
  seed: number | null = null;
  /** When the learner did something first; '' where that is not known. */
  started = '';
  readonly exercises = new Map<string, IRecord>();
}

/** The progress file as text -> lessons, or null if it is damaged. */
export function parseFile(content: string): Map<string, LessonProgress> | null {
  let data: unknown;
  try {
    data = JSON.parse(content);
  } catch {
    return null;
  }
  if (!isJson(data) || !isJson(data.lessons)) {
    return null;
  }
  const lessons = new Map<string, LessonProgress>();
  for (const [id, entry] of Object.entries(data.lessons)) {
    if (isJson(entry)) {
      lessons.set(id, parseLesson(entry));
    }
  }
  return lessons;
}

function parseLesson(entry: Json): LessonProgress {
  const lesson = new LessonProgress();
  lesson.seed = seedOf(entry.seed);
  lesson.started = typeof entry.started === 'string' ? entry.started : '';
  for (const [id, raw] of Object.entries(isJson(entry.exercises) ? entry.exercises : {})) {
    if (isJson(raw)) {
      const outcome = outcomeOf(raw.outcome);
      lesson.exercises.set(id, {
        outcome,
        done: raw.done === true || outcome === 'right',
        skipped: false,
        time: typeof raw.last === 'string' ? raw.last : '',
        seed: seedOf(raw.seed)
      });
    }
  }
  // A prediction is done once it is made, right or not: being wrong first is the point.
  for (const [id, raw] of Object.entries(isJson(entry.predictions) ? entry.predictions : {})) {
    if (isJson(raw) && !lesson.exercises.has(id)) {
      const skipped = raw.skipped === true;
      const time = typeof raw.time === 'string' ? raw.time : '';
      lesson.exercises.set(id, { outcome: 'untried', done: !skipped, skipped, time, seed: null });
    }
  }
  return lesson;
}

export class Progress {
  private _file = new Map<string, LessonProgress>();
  private readonly _live = new Map<string, Map<string, IRecord>>();
  private readonly _changed = new Signal<this, void>(this);
  private _content = '';

  /** 'none' before the first check, 'damaged' where the file is not what the kernel writes. */
  state: 'none' | 'fine' | 'damaged' = 'none';

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The file's text as read last. */
  get content(): string {
    return this._content;
  }

  /** Take the file's text ('' where there is none); a damaged one changes no tick. */
  readFile(content: string): void {
    if (content === this._content) {
      return;
    }
    this._content = content;
    const parsed = content ? parseFile(content) : new Map<string, LessonProgress>();
    this.state = !content ? 'none' : parsed ? 'fine' : 'damaged';
    if (parsed) {
      this._file = parsed;
    }
    this._changed.emit();
  }

  /** Take the outputs of the open notebook's checks. */
  readOutputs(outputs: readonly unknown[]): void {
    let news = false;
    for (const data of outputs) {
      const found = parseOutput(data);
      if (!found) {
        continue;
      }
      const exercises = this._live.get(found.lesson) ?? new Map<string, IRecord>();
      this._live.set(found.lesson, exercises);
      const before = exercises.get(found.exercise);
      const { record } = found;
      record.done ||= before?.done ?? false;
      const older = before !== undefined && before.time > record.time;
      if (older && before.done === record.done) {
        continue;
      }
      if (older) {
        before.done = true;
        news = true;
        continue;
      }
      if (before && before.time === record.time && before.outcome === record.outcome) {
        continue;
      }
      exercises.set(found.exercise, found.record);
      news = true;
    }
    if (news) {
      this._changed.emit();
    }
  }

  tick(lesson: string, exercise: string): Tick {
    const records = [
      this._file.get(lesson)?.exercises.get(exercise),
      this._live.get(lesson)?.get(exercise)
    ];
    if (records.some(record => record?.done)) {
      return 'done';
    }
    if (records.some(record => record?.skipped)) {
      return 'skipped';
    }
    return records.some(record => record && record.outcome !== 'untried') ? 'tried' : 'open';
  }

  /** The seed that the progress file gives for a lesson, or null. */
  seed(lesson: string): number | null {
    return this._file.get(lesson)?.seed ?? null;
  }

  /** When a lesson was begun, as the progress file says; null where it was not. */
  begun(lesson: string): Date | null {
    const date = new Date(this._file.get(lesson)?.started ?? '');
    return Number.isNaN(date.getTime()) ? null : date;
  }

  /** The seed in one record of the open notebook, or null. */
  recordSeed(lesson: string, exercise: string): number | null {
    return this._live.get(lesson)?.get(exercise)?.seed ?? null;
  }
}
