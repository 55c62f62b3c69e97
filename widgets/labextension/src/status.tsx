/** The status bar: '3/7 · seed 42' of the lesson in front. */
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { lessonNumber } from './catalog';
import type { Course } from './course';

export class StatusItem extends ReactWidget {
  constructor(private readonly _course: Course, private readonly _next: () => void) {
    super();
    this.addClass('synthkit-Status');
    _course.changed.connect(() => this.update());
  }

  protected render(): JSX.Element | null {
    const place = this._course.place;
    if (!place) {
      return null;
    }
    const { done, total } = this._course.count(place.lesson);
    const seed = this._course.seed(place.lesson);
    const shown = seed === null ? `${done}/${total}` : `${done}/${total} · seed ${seed}`;
    const spoken =
      `Lesson ${lessonNumber(place.lesson)}: ${done} of ${total} exercises done` +
      (seed === null ? '' : `, seed ${seed}`);
    return (
      <button
        className="synthkit-StatusButton"
        title={`${spoken}. Click: next open exercise`}
        aria-label={`${spoken}. Go to the next open exercise`}
        onClick={this._next}
      >
        {shown}
      </button>
    );
  }
}
