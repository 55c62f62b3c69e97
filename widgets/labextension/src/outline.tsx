/**
 * The left sidebar: lesson → section → exercise.
 *
 * Everything shown is React text; nothing from a notebook or a file name becomes HTML.
 */
import { ReactWidget, caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import type { IStateDB } from '@jupyterlab/statedb';
import * as React from 'react';

import { lessonNumber, shortTitle } from './catalog';
import type { Course } from './course';
import { lessonIcon, logoIcon } from './icons';
import type { Tick } from './progress';
import { keyMove, visibleRows } from './tree';
import type { Folds, IRow } from './tree';

const FOLDS = 'synthkit-lab:folds';

/** What the outline asks for; the commands do it. */
export interface IActions {
  go(lesson: string, section?: string, exercise?: string): Promise<void>;
  next(): Promise<void>;
}

const TICK_WORDS: Record<Tick, string> = {
  done: 'done',
  tried: 'tried, not right yet',
  skipped: 'skipped',
  open: 'open'
};

function TickMark({ tick }: { tick: Tick }): JSX.Element {
  return (
    <svg className={`synthkit-Tick synthkit-mod-${tick}`} viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="5.5" />
      {tick === 'done' && <path d="M5.2 8.3l2 2 3.6-4.2" />}
      {tick === 'tried' && <path d="M8 2.5a5.5 5.5 0 0 1 0 11z" />}
      {tick === 'skipped' && <path d="M5.5 8h5" />}
    </svg>
  );
}

function Meter({ done, total }: { done: number; total: number }): JSX.Element {
  return (
    <div
      className="synthkit-Meter"
      role="progressbar"
      aria-label="Exercises done"
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={done}
      aria-valuetext={`${done} of ${total}`}
    >
      <div style={{ width: `${total ? (100 * done) / total : 0}%` }} />
    </div>
  );
}

interface IRowProps {
  readonly row: IRow;
  readonly course: Course;
  readonly focusable: boolean;
  readonly current: boolean;
  readonly onFold: (row: IRow) => void;
  readonly onGo: (row: IRow) => void;
  readonly children?: React.ReactNode;
}

/** 'after 01, 02' for the prerequisites that the catalog knows. */
function prerequisites(row: IRow): string {
  const needed = row.lesson.prerequisites.map(lessonNumber);
  return needed.length ? `after ${needed.join(', ')}` : '';
}

/** What a screen reader says of a row. */
function spoken(row: IRow, course: Course): string {
  const { lesson, section, exercise } = row;
  if (exercise) {
    const minutes = exercise.minutes ? `, ${exercise.minutes} minutes` : '';
    return `${exercise.title}, ${TICK_WORDS[course.tick(lesson.id, exercise.id)]}${minutes}`;
  }
  if (section) {
    return `${section.title}${section.minutes ? `, ${section.minutes} minutes` : ''}`;
  }
  const { done, total } = course.count(lesson.id);
  const parts = [
    `Lesson ${lessonNumber(lesson.id)}, ${lesson.title}`,
    `${done} of ${total} exercises done`,
    `${lesson.minutes} minutes`,
    begun(row, course),
    prerequisites(row),
    `you will break: ${lesson.breaks}`,
    course.settings.locked(lesson.id) ? 'locked' : ''
  ];
  return parts.filter(Boolean).join('; ');
}

function Row(props: IRowProps): JSX.Element {
  const { row, course, focusable, current, onFold, onGo } = props;
  const { lesson, exercise } = row;
  const Caret = row.expanded ? caretDownIcon : caretRightIcon;
  const fold = (event: React.MouseEvent) => {
    event.stopPropagation();
    onFold(row);
  };
  return (
    <li
      role="treeitem"
      data-key={row.key}
      className={`synthkit-Item synthkit-mod-level${row.level}`}
      aria-level={row.level}
      aria-expanded={row.expanded ?? undefined}
      aria-current={current ? (row.level === 1 ? 'page' : 'location') : undefined}
      aria-label={spoken(row, course)}
      tabIndex={focusable ? 0 : -1}
    >
      <div
        className={`synthkit-Row${current ? ' synthkit-mod-current' : ''}`}
        title={row.level === 1 ? `${lesson.title}\nYou will break: ${lesson.breaks}` : row.label}
        onClick={() => onGo(row)}
      >
        <span className="synthkit-Caret" onClick={row.expanded === null ? undefined : fold}>
          {row.expanded !== null && <Caret.react tag="span" elementSize="normal" />}
        </span>
        {exercise ? (
          <TickMark tick={course.tick(lesson.id, exercise.id)} />
        ) : row.level === 1 ? (
          React.createElement(lessonIcon(lesson.id).react, {
            tag: 'span', className: 'synthkit-LessonIcon', height: '20px', width: '20px'
          })
        ) : null}
        <span className="synthkit-Label">
          {row.level === 1 && (
            <span className="synthkit-Number">{lessonNumber(lesson.id)}</span>
          )}
          {row.level === 1 ? shortTitle(lesson) : row.label}
        </span>
        <RowEnd row={row} course={course} />
      </div>
      {row.level === 1 && row.expanded && <Facts row={row} course={course} />}
      {props.children}
    </li>
  );
}

function RowEnd({ row, course }: { row: IRow; course: Course }): JSX.Element | null {
  const { lesson, section, exercise } = row;
  if (row.level === 1) {
    const { done, total } = course.count(lesson.id);
    if (course.settings.locked(lesson.id)) {
      return <span className="synthkit-End">locked</span>;
    }
    return (
      <span className="synthkit-End">
        {total > 0 && done === total ? <TickMark tick="done" /> : total > 0 && `${done}/${total}`}
      </span>
    );
  }
  const minutes = exercise ? exercise.minutes : section?.minutes;
  return (
    <span className="synthkit-End">
      {section?.core && !exercise && <span className="synthkit-Core">core</span>}
      {minutes ? `${minutes} min` : ''}
    </span>
  );
}

/** 'begun 24 November' in the reader's language, or ''. */
function begun(row: IRow, course: Course): string {
  const date = course.progress.begun(row.lesson.id);
  return date ? `begun ${date.toLocaleDateString(undefined, { day: 'numeric', month: 'long' })}` : '';
}

/** Minutes, prerequisites, the extra and the failure of an open lesson, and when it was begun. */
function Facts({ row, course }: { row: IRow; course: Course }): JSX.Element {
  const { minutes, breaks, extra } = row.lesson;
  const needs = extra && `needs synthkit-lab[${extra}]`;
  const facts = [`${minutes} min`, prerequisites(row), needs, begun(row, course)];
  return (
    <div className="synthkit-Facts" aria-hidden="true">
      <div>{facts.filter(Boolean).join(' · ')}</div>
      <div>
        <span className="synthkit-Breaks">You will break it:</span> {breaks}
      </div>
    </div>
  );
}

interface IOutlineProps {
  readonly course: Course;
  readonly actions: IActions;
  readonly state: IStateDB | null;
}

interface IOutlineState {
  readonly folds: Folds;
  readonly focus: string;
}

class Outline extends React.Component<IOutlineProps, IOutlineState> {
  state: IOutlineState = { folds: {}, focus: '' };
  private readonly _root = React.createRef<HTMLUListElement>();
  private _shown = '';

  componentDidMount(): void {
    this.props.course.changed.connect(this._update, this);
    void this.props.state?.fetch(FOLDS).then(folds => {
      if (folds && typeof folds === 'object') {
        this.setState({ folds: folds as Folds });
      }
    });
  }

  componentWillUnmount(): void {
    this.props.course.changed.disconnect(this._update, this);
  }

  /** Keep the current section in view while the notebook scrolls. */
  componentDidUpdate(): void {
    const current = this._currentKey();
    if (current === this._shown) {
      return;
    }
    this._shown = current;
    const calm =
      this.props.course.settings.values.reduced_motion ||
      window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    this._node(current)
      ?.querySelector('.synthkit-Row')
      ?.scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' });
  }

  render(): JSX.Element {
    const { course } = this.props;
    if (!course.ready) {
      return <div className="synthkit-Note">Reading the course …</div>;
    }
    const { done, total } = course.countAll();
    const rows = this._rows();
    return (
      <>
        <header className="synthkit-Header">
          <div className="synthkit-Title">
            <logoIcon.react tag="span" height="18px" width="18px" />
            <h2>Synthkit</h2>
            <span className="synthkit-End">{total > 0 && `${done} of ${total}`}</span>
          </div>
          {total > 0 && <Meter done={done} total={total} />}
          {this._button()}
          {course.progress.state === 'damaged' && (
            <p className="synthkit-Note" role="status">
              The progress file is damaged. The next check sets it aside and begins a new one.
            </p>
          )}
        </header>
        {rows.length === 0 ? (
          <div className="synthkit-Note">No lesson is installed. Install the kit again.</div>
        ) : (
          <ul
            role="tree"
            aria-label="Lessons"
            className="synthkit-Tree"
            ref={this._root}
            onKeyDown={this._onKeyDown}
            onFocus={this._onFocus}
          >
            {this._items(rows, null)}
          </ul>
        )}
      </>
    );
  }

  /** Put the keyboard's focus on the current row. */
  focus(): void {
    const rows = this._rows();
    const key = rows.find(row => row.key === this._currentKey())?.key ?? this._tabStop(rows);
    this.setState({ focus: key }, () => this._node(key)?.focus());
  }

  private _rows(): IRow[] {
    return visibleRows(this.props.course.catalog, this.props.course, this.state.folds);
  }

  private _items(rows: readonly IRow[], parent: string | null): React.ReactNode {
    const { course } = this.props;
    const tabStop = this._tabStop(rows);
    return rows
      .filter(row => row.parent === parent)
      .map(row => (
        <Row
          key={row.key}
          row={row}
          course={course}
          focusable={row.key === tabStop}
          current={this._isCurrent(row)}
          onFold={this._toggle}
          onGo={this._go}
        >
          {row.expanded && (
            <ul role="group" className="synthkit-Group">
              {this._items(rows, row.key)}
            </ul>
          )}
        </Row>
      ));
  }

  private _button(): JSX.Element | null {
    const lesson = this.props.course.nextLesson();
    if (!lesson) {
      return null;
    }
    const { course } = this.props;
    const some = course.place !== null || course.catalog.lessons.some(l => course.begun(l.id));
    return (
      <button className="jp-mod-styled synthkit-Next" onClick={() => void this.props.actions.next()}>
        {some ? 'Next exercise' : `Start with ${shortTitle(lesson)}`}
      </button>
    );
  }

  private _tabStop(rows: readonly IRow[]): string {
    const { focus } = this.state;
    const current = this._currentKey();
    const has = (key: string) => rows.some(row => row.key === key);
    return has(focus) ? focus : has(current) ? current : rows[0]?.key ?? '';
  }

  private _isCurrent(row: IRow): boolean {
    const place = this.props.course.place;
    if (!place || place.lesson !== row.lesson.id || row.exercise) {
      return false;
    }
    return row.section ? row.section.slug === place.section : true;
  }

  private _currentKey(): string {
    const place = this.props.course.place;
    return place ? `${place.lesson}/${place.section}` : '';
  }

  private _node(key: string): HTMLElement | null {
    return this._root.current?.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? null;
  }

  private readonly _update = (): void => this.forceUpdate();

  private readonly _toggle = (row: IRow): void => this._fold(row.key, !row.expanded);

  private _fold(key: string, open: boolean): void {
    const folds = { ...this.state.folds, [key]: open };
    this.setState({ folds });
    void this.props.state?.save(FOLDS, folds);
  }

  private readonly _go = (row: IRow): void => {
    this.setState({ focus: row.key });
    if (row.level === 1 && row.expanded === false) {
      this._fold(row.key, true);
    }
    void this.props.actions.go(row.lesson.id, row.section?.slug, row.exercise?.id);
  };

  private readonly _onFocus = (event: React.FocusEvent): void => {
    const key = (event.target as HTMLElement).closest<HTMLElement>('[data-key]')?.dataset.key;
    if (key && key !== this.state.focus) {
      this.setState({ focus: key });
    }
  };

  private readonly _onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    const at = (event.target as HTMLElement).closest<HTMLElement>('[data-key]')?.dataset.key ?? '';
    const rows = this._rows();
    const move = keyMove(rows, at, event.key);
    if (!move) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if ('focus' in move) {
      this._node(move.focus)?.focus();
    } else if ('fold' in move) {
      this._fold(move.fold, move.open);
    } else {
      this._go(rows.find(row => row.key === move.go) as IRow);
    }
  };
}

/** The sidebar's widget. */
export class OutlinePanel extends ReactWidget {
  private readonly _outline = React.createRef<Outline>();

  constructor(private readonly _props: IOutlineProps) {
    super();
    this.id = 'synthkit-outline';
    this.addClass('synthkit-Outline');
    this.title.icon = logoIcon;
    this.title.caption = 'Synthkit: the course';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'Synthkit course');
  }

  focusTree(): void {
    this._outline.current?.focus();
  }

  protected render(): JSX.Element {
    return <Outline ref={this._outline} {...this._props} />;
  }
}
