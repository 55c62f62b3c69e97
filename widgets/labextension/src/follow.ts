/**
 * Follows the notebook in front: which lesson it is, what it holds, where the learner is in it,
 * and what its checks said.
 */
import type { Cell, ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import { PathExt } from '@jupyterlab/coreutils';
import { NotebookActions } from '@jupyterlab/notebook';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Contents, Kernel } from '@jupyterlab/services';

import type { Course } from './course';
import { PROGRESS_MIME } from './progress';
import { exerciseAt, readStructure, sectionAt } from './structure';
import type { ICellFacts } from './structure';
import type { Workspace } from './workspace';

const CONTENT_PAUSE_MS = 60;
const KERNEL_PAUSE_MS = 250;
/** JupyterLab lays cells out while it scrolls; look again when it is done. */
const SETTLE_MS = 120;
/** After a jump the place is what was jumped to, whatever the scrolling passes on its way … */
const JUMP_MS = 700;
/** … unless the learner scrolls meanwhile. */
const GESTURES = ['wheel', 'touchmove', 'pointerdown'];

interface ILessonMeta {
  lesson?: unknown;
  seed?: unknown;
}

export class Follower {
  private _panel: NotebookPanel | null = null;
  private _cell = 0;
  private _jumpUntil = 0;
  private _frame = 0;
  private _ran = new WeakSet<ICellModel>();
  private _scrollTimer = 0;
  private _contentTimer = 0;
  private _kernelTimer = 0;
  private readonly _tabs =
    typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('synthkit-progress');

  constructor(
    private readonly _tracker: INotebookTracker,
    private readonly _course: Course,
    private readonly _workspace: Workspace,
    private readonly _contents: Contents.IManager
  ) {
    _tracker.currentChanged.connect(() => void this.turnTo(_tracker.currentWidget));
    void this.turnTo(_tracker.currentWidget);
    NotebookActions.executed.connect((_, { cell }) => this._ran.add(cell.model));
    const reread = () => void this.readProgress();
    window.addEventListener('focus', reread);
    this._tabs?.addEventListener('message', reread);
  }

  /** The lesson in front, or null. */
  get panel(): NotebookPanel | null {
    return this._panel;
  }

  /** The cells that were run since their kernel started. */
  get ran(): WeakSet<ICellModel> {
    return this._ran;
  }

  /** Index of the cell where the learner is. */
  get cell(): number {
    return this._cell;
  }

  /** Go to a cell of the lesson in front. */
  async goTo(cell: number): Promise<void> {
    const notebook = this._panel?.content;
    if (!notebook || cell >= notebook.widgets.length) {
      return;
    }
    this._jumpUntil = Date.now() + JUMP_MS;
    notebook.mode = 'command';
    notebook.deselectAll();
    notebook.activeCellIndex = cell;
    this._setCell(cell);
    await notebook.scrollToItem(cell, 'start');
    this._jumpUntil = Date.now() + JUMP_MS;
  }

  /** Read the open notebook again: the catalog has changed what its sections mean. */
  readAgain(): void {
    this._readContent();
  }

  /** Read the progress file again. */
  async readProgress(): Promise<void> {
    this._course.progress.readFile(await this._workspace.progress());
  }

  /** Make a notebook the one that is followed, once it is ready and in front. */
  async turnTo(panel: NotebookPanel | null): Promise<void> {
    if (panel === this._panel) {
      return;
    }
    this._leave();
    if (!panel) {
      this._course.place = null;
      return;
    }
    await Promise.all([panel.context.ready, panel.revealed]);
    // Another tab may have come to the front meanwhile.
    if (panel.isDisposed || panel !== this._tracker.currentWidget || panel === this._panel) {
      return;
    }
    if (!this._lessonOf(panel)) {
      this._course.place = null;
      return;
    }
    this._enter(panel);
  }

  private _lessonOf(panel: NotebookPanel): string {
    const meta = panel.content.model?.getMetadata('synthkit') as ILessonMeta | undefined;
    return typeof meta?.lesson === 'string' ? meta.lesson : '';
  }

  private _enter(panel: NotebookPanel): void {
    this._panel = panel;
    this._cell = panel.content.activeCellIndex;
    const path = this._contents.localPath(panel.context.path);
    this._workspace.adopt(PathExt.dirname(path));
    panel.content.activeCellChanged.connect(this._onActiveCell, this);
    panel.content.modelContentChanged.connect(this._onContent, this);
    panel.sessionContext.statusChanged.connect(this._onStatus, this);
    // Scrolling doesn't bubble; which element scrolls depends on JupyterLab's windowing mode.
    panel.content.node.addEventListener('scroll', this._onScroll, { capture: true, passive: true });
    for (const gesture of GESTURES) {
      panel.content.node.addEventListener(gesture, this._onGesture, { passive: true });
    }
    panel.disposed.connect(this._leave, this);
    this._readContent();
    void this.readProgress();
    void this._workspace.writeSettings(this._course.settings.toText());
  }

  private _leave(): void {
    const panel = this._panel;
    this._panel = null;
    if (panel) {
      panel.content?.activeCellChanged.disconnect(this._onActiveCell, this);
      panel.content?.modelContentChanged.disconnect(this._onContent, this);
      panel.sessionContext?.statusChanged.disconnect(this._onStatus, this);
      panel.content?.node.removeEventListener('scroll', this._onScroll, { capture: true });
      for (const gesture of GESTURES) {
        panel.content?.node.removeEventListener(gesture, this._onGesture);
      }
      panel.disposed.disconnect(this._leave, this);
    }
  }

  private _onActiveCell(_: unknown, cell: Cell | null): void {
    const index = this._panel?.content.activeCellIndex ?? -1;
    if (cell && index >= 0) {
      this._jumpUntil = Math.max(this._jumpUntil, Date.now() + JUMP_MS / 2);
      this._setCell(index);
    }
  }

  private readonly _onGesture = (): void => {
    this._jumpUntil = 0;
  };

  private readonly _onScroll = (): void => {
    if (Date.now() < this._jumpUntil) {
      return;
    }
    this._frame ||= requestAnimationFrame(() => this._look());
    window.clearTimeout(this._scrollTimer);
    this._scrollTimer = window.setTimeout(() => this._look(), SETTLE_MS);
  };

  private _look(): void {
    this._frame = 0;
    const cell = this._panel ? cellInView(this._panel) : -1;
    if (cell >= 0 && Date.now() >= this._jumpUntil) {
      this._setCell(cell);
    }
  }

  private _onContent(): void {
    if (!this._contentTimer) {
      this._contentTimer = window.setTimeout(() => {
        this._contentTimer = 0;
        this._readContent();
      }, CONTENT_PAUSE_MS);
    }
  }

  /** Whatever the kernel did, it may have written the progress file. */
  private _onStatus(_: unknown, status: Kernel.Status): void {
    if (status === 'restarting' || status === 'autorestarting') {
      this._ran = new WeakSet();
    }
    if (status !== 'idle') {
      return;
    }
    window.clearTimeout(this._kernelTimer);
    this._kernelTimer = window.setTimeout(async () => {
      const before = this._course.progress.content;
      await this.readProgress();
      if (before !== this._course.progress.content) {
        this._tabs?.postMessage('changed');
      }
    }, KERNEL_PAUSE_MS);
  }

  private _setCell(cell: number): void {
    this._cell = cell;
    const place = this._course.place;
    if (place) {
      this._course.place = {
        ...place,
        section: sectionAt(place.sections, cell)?.slug ?? '',
        exercise: exerciseAt(place.sections, cell)?.id ?? ''
      };
    }
  }

  private _readContent(): void {
    const panel = this._panel;
    const cells = panel?.content.model?.cells;
    if (!panel || !cells) {
      return;
    }
    const facts: ICellFacts[] = [];
    const outputs: unknown[] = [];
    for (const cell of cells) {
      facts.push({
        type: cell.type,
        source: cell.type === 'markdown' ? cell.sharedModel.getSource() : '',
        meta: cell.getMetadata('synthkit')
      });
      // A stranger's notebook brings no ticks: only what was run here, or is trusted, counts.
      if (cell.type === 'code' && cell.trusted) {
        outputs.push(...progressOutputs(cell as ICodeCellModel));
      }
    }
    const sections = readStructure(facts, this._course.catalog.headings);
    const meta = panel.content.model?.getMetadata('synthkit') as ILessonMeta | undefined;
    this._course.place = {
      lesson: this._lessonOf(panel),
      sections,
      section: sectionAt(sections, this._cell)?.slug ?? '',
      exercise: exerciseAt(sections, this._cell)?.id ?? '',
      seed: typeof meta?.seed === 'number' ? meta.seed : null
    };
    this._course.progress.readOutputs(outputs);
  }
}

function progressOutputs(cell: ICodeCellModel): unknown[] {
  const found: unknown[] = [];
  for (let i = 0; i < cell.outputs.length; i++) {
    const data = cell.outputs.get(i).data[PROGRESS_MIME];
    if (data !== undefined) {
      found.push(data);
    }
  }
  return found;
}

/**
 * The cell at a line that moves from the top of the view to its bottom while the notebook is
 * scrolled from its top to its end: so the last sections get their turn too.
 */
function cellInView(panel: NotebookPanel): number {
  const { content: notebook } = panel;
  const scroller = notebook.outerNode ?? notebook.node;
  const view = scroller.getBoundingClientRect();
  const room = scroller.scrollHeight - scroller.clientHeight;
  const share = room > 0 ? Math.min(1, scroller.scrollTop / room) : 0;
  const line = view.top + 8 + share * (view.height - 16);
  let found = -1;
  notebook.widgets.forEach((cell, index) => {
    // Cells far outside the view are not in the document, or are hidden in it (no size).
    const { top, width } = cell.node.getBoundingClientRect();
    if (width > 0 && top <= line) {
      found = index;
    }
  });
  return found;
}
