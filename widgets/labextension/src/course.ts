/**
 * The state of the course, which the outline, the status bar and the commands show and change:
 * the catalog, the lesson that is open, where in it the learner is, and what is done.
 */
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { EMPTY_CATALOG } from './catalog';
import type { ICatalog, ILesson, ISection } from './catalog';
import { Progress } from './progress';
import type { Tick } from './progress';
import { Settings } from './settings';
import type { IPlacedExercise, IPlacedSection } from './structure';

export interface ICount {
  readonly done: number;
  readonly total: number;
}

/** The open lesson and the place in it. */
export interface IPlace {
  readonly lesson: string;
  readonly sections: readonly IPlacedSection[];
  readonly section: string;
  readonly exercise: string;
  /** The seed that the notebook itself names, or null. */
  readonly seed: number | null;
}

export class Course {
  readonly progress = new Progress();
  readonly settings = new Settings();
  private _catalog: ICatalog = EMPTY_CATALOG;
  private _place: IPlace | null = null;
  private _ready = false;
  private readonly _changed = new Signal<this, void>(this);

  constructor() {
    this.progress.changed.connect(() => this._changed.emit());
    this.settings.changed.connect(() => this._changed.emit());
  }

  /** Emitted whenever something that is shown has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get catalog(): ICatalog {
    return this._catalog;
  }

  set catalog(catalog: ICatalog) {
    this._catalog = catalog;
    this._ready = true;
    this._changed.emit();
  }

  /** Has the catalog been read (or failed to be)? */
  get ready(): boolean {
    return this._ready;
  }

  get place(): IPlace | null {
    return this._place;
  }

  set place(place: IPlace | null) {
    if (JSON.stringify(place) !== JSON.stringify(this._place)) {
      this._place = place;
      this._changed.emit();
    }
  }

  lesson(id: string): ILesson | undefined {
    return this._catalog.lessons.find(lesson => lesson.id === id);
  }

  /** A lesson's sections: as they stand in the open notebook, else as the kit ships them. */
  sections(id: string): readonly ISection[] {
    const open = this._place?.lesson === id ? this._place.sections : [];
    return open.length ? open : this.lesson(id)?.sections ?? [];
  }

  tick(lesson: string, exercise: string): Tick {
    return this.progress.tick(lesson, exercise);
  }

  count(id: string): ICount {
    const exercises = this.sections(id).flatMap(section => section.exercises);
    const done = exercises.filter(exercise => this.tick(id, exercise.id) === 'done').length;
    return { done, total: exercises.length };
  }

  /** Has the learner done anything in this lesson? */
  begun(id: string): boolean {
    return this.progress.begun(id) !== null || this.count(id).done > 0;
  }

  countAll(): ICount {
    const counts = this._catalog.lessons.map(lesson => this.count(lesson.id));
    return {
      done: counts.reduce((sum, count) => sum + count.done, 0),
      total: counts.reduce((sum, count) => sum + count.total, 0)
    };
  }

  /** The seed in force for a lesson: the class's, the one it runs on, the notebook's own. */
  seed(id: string): number | null {
    const place = this._place?.lesson === id ? this._place : null;
    // A prediction's record carries the lesson's seed; those of checks carry a fresh one each.
    const predicted = place?.sections
      .flatMap(section => section.exercises)
      .find(exercise => exercise.roles.predict);
    return (
      this.settings.values.class_seed ??
      this.progress.seed(id) ??
      (predicted ? this.progress.recordSeed(id, predicted.id) : null) ??
      place?.seed ??
      null
    );
  }

  /** The next exercise of the open lesson that is still open, after a cell; then from the top. */
  nextExercise(afterCell: number): IPlacedExercise | null {
    const place = this._place;
    if (!place) {
      return null;
    }
    const todo = place.sections
      .flatMap(section => section.exercises)
      .filter(exercise => ['open', 'tried'].includes(this.tick(place.lesson, exercise.id)));
    return todo.find(exercise => exercise.cell > afterCell) ?? todo[0] ?? null;
  }

  /** Where a learner goes on: the open lesson, else the first that isn't finished. */
  nextLesson(): ILesson | null {
    const unfinished = (lesson: ILesson) => {
      const { done, total } = this.count(lesson.id);
      return done < total && !this.settings.locked(lesson.id);
    };
    const open = this._place && this.lesson(this._place.lesson);
    if (open && unfinished(open)) {
      return open;
    }
    return this._catalog.lessons.find(unfinished) ?? null;
  }
}
