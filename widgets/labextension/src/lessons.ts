/** Opening, resetting and moving about in lessons: what the commands are made of. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type * as nbformat from '@jupyterlab/nbformat';
import { NotebookActions } from '@jupyterlab/notebook';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Widget } from '@lumino/widgets';

import { lessonNumber, shortTitle } from './catalog';
import type { ILesson, Library } from './catalog';
import type { Course } from './course';
import type { Follower } from './follow';
import { askLesson } from './kernel';
import { sectionAt } from './structure';
import type { IPlacedExercise } from './structure';
import type { Workspace } from './workspace';

export class Lessons {
  constructor(
    private readonly _app: JupyterFrontEnd,
    private readonly _documents: IDocumentManager,
    private readonly _library: Library,
    private readonly _workspace: Workspace,
    private readonly _course: Course,
    private readonly _follower: Follower
  ) {}

  /** Open a lesson, copying it into the workspace if it isn't there yet. */
  async open(id: string): Promise<NotebookPanel | null> {
    const lesson = this._course.lesson(id);
    if (!lesson) {
      Notification.warning(`There is no lesson ${id} in this version of the kit.`);
      return null;
    }
    if (this._course.settings.locked(id)) {
      Notification.info(`Lesson ${lessonNumber(id)} is locked by your teacher for now.`);
      return null;
    }
    const shown = this._follower.panel;
    if (shown && this._course.place?.lesson === id) {
      this._app.shell.activateById(shown.id);
      return shown;
    }
    const { path, newer } = await this._workspace.provide(lesson, this._course.catalog.kit, () =>
      this._library.pristine(lesson)
    );
    if (newer !== null) {
      this._tellNewer(lesson, newer);
    }
    return this._show(path);
  }

  /** Go to a section or an exercise of a lesson, opening it first if need be. */
  async go(id: string, section?: string, exercise?: string): Promise<void> {
    if (!(await this.open(id)) || !section) {
      return;
    }
    const found = this._course.place?.sections.find(known => known.slug === section);
    const cell = found?.exercises.find(known => known.id === exercise)?.cell ?? found?.cell;
    if (cell === undefined) {
      Notification.info('This copy of the lesson no longer has that part. Reset brings it back.');
      return;
    }
    await this._follower.goTo(cell);
  }

  async nextSection(): Promise<void> {
    const sections = this._course.place?.sections ?? [];
    const next = sections.find(section => section.cell > this._sectionCell());
    if (next) {
      await this._follower.goTo(next.cell);
    } else if (sections.length) {
      Notification.info('This is the last section of the lesson.');
    }
  }

  /** The next open exercise: in the lesson in front, else in the next unfinished lesson. */
  async nextExercise(): Promise<void> {
    const here = this._course.nextExercise(this._follower.cell);
    if (here) {
      await this._front();
      await this._follower.goTo(here.cell);
      return;
    }
    const lesson = this._course.nextLesson();
    if (!lesson) {
      Notification.success('Every exercise of the course is done.');
      return;
    }
    if (await this.open(lesson.id)) {
      const first = this._course.nextExercise(-1);
      // A lesson that was just opened begins at its beginning, not at its first exercise.
      const begun = this._course.begun(lesson.id);
      await this._follower.goTo(begun && first ? first.cell : 0);
    }
  }

  /**
   * Run the exercise in front, then its check. A question that is on the page already has its
   * own button; running its cell again would throw away what the learner entered.
   */
  async runCheck(): Promise<void> {
    const exercise = this._exercise();
    if (!exercise) {
      return;
    }
    const { exercise: own = [], predict = [], widget = [], check = [] } = exercise.roles;
    const form = [...own, ...predict, ...widget];
    const cells = check.length ? [...own, ...check] : form.filter(cell => !this._hasRun(cell));
    await this._run(cells);
    await this._follower.goTo(check[0] ?? form[0] ?? exercise.cell);
    if (!cells.length) {
      Notification.info('This exercise has a button of its own: answer there.');
    }
  }

  /** Show the next hint of the exercise in front. */
  async hint(): Promise<void> {
    await this._help('hint', 'Hint');
  }

  async solution(): Promise<void> {
    if (this._course.settings.values.hide_solutions) {
      Notification.info('The solutions are locked by your teacher.');
      return;
    }
    await this._help('solution', 'Solution');
  }

  /** Set the learner's copy aside under a dated name and bring the pristine lesson back. */
  async reset(id: string): Promise<void> {
    const lesson = this._course.lesson(id);
    if (!lesson || this._course.settings.locked('reset')) {
      Notification.info('Reset is locked by your teacher.');
      return;
    }
    const asked = await showDialog({
      title: `Reset lesson ${lessonNumber(id)}?`,
      body: 'Your copy is kept under a name with today’s date; the lesson starts afresh.',
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: 'Reset' })]
    });
    if (!asked.button.accept) {
      return;
    }
    // First fetch, then rename: a kit that cannot be read leaves everything as it is.
    const pristine = await this._library.pristine(lesson);
    const folder = await this._workspace.settle();
    const open = this._documents.findWidget(PathExt.join(folder, lesson.notebook)) as
      | NotebookPanel
      | undefined;
    if (open?.context.model.dirty) {
      await open.context.save();
    }
    const kept = await this._workspace.setAside(lesson, (from, to) =>
      this._documents.rename(from, to)
    );
    if (open) {
      await open.sessionContext.shutdown();
      // The kernel may have changed the metadata meanwhile; nobody should be asked about that.
      if (open.context.model.dirty) {
        await open.context.save();
      }
      open.dispose();
    }
    await this._workspace.create(folder, lesson.notebook, pristine);
    await this._show(PathExt.join(folder, lesson.notebook));
    if (kept) {
      Notification.success(`The lesson starts afresh. Your copy is ${PathExt.basename(kept)}`);
    }
  }

  /** Create a notebook from a template and open it. */
  async create(
    folder: string,
    stem: string,
    content: nbformat.INotebookContent
  ): Promise<NotebookPanel | null> {
    return this._show(await this._workspace.createNumbered(folder, stem, content));
  }

  private async _show(path: string): Promise<NotebookPanel | null> {
    const widget = this._documents.openOrReveal(path, 'Notebook') as
      | (IDocumentWidget & NotebookPanel)
      | undefined;
    if (!widget) {
      return null;
    }
    this._app.shell.activateById(widget.id);
    await Promise.all([widget.context.ready, widget.revealed]);
    await this._follower.turnTo(widget);
    return widget;
  }

  /** Bring the lesson's tab to the front. */
  private async _front(): Promise<void> {
    const panel = this._follower.panel;
    if (panel) {
      this._app.shell.activateById(panel.id);
      await panel.revealed;
    }
  }

  private _sectionCell(): number {
    const sections = this._course.place?.sections ?? [];
    const here = this._course.place?.section;
    const current = sections.find(section => section.slug === here);
    return current?.cell ?? sectionAt(sections, this._follower.cell)?.cell ?? -1;
  }

  private _exercise(): IPlacedExercise | null {
    const place = this._course.place;
    const all = place?.sections.flatMap(section => section.exercises) ?? [];
    const here = all.find(exercise => exercise.id === place?.exercise);
    if (!here) {
      Notification.info('Go to an exercise first: there is none in this section.');
    }
    return here ?? null;
  }

  private async _run(indices: readonly number[]): Promise<void> {
    const panel = this._follower.panel;
    const cells = indices.map(index => panel?.content.widgets[index]);
    const code = cells.filter((cell): cell is Cell => cell?.model.type === 'code');
    if (panel && code.length) {
      await NotebookActions.runCells(panel.content, code, panel.sessionContext);
    }
  }

  /** Was this cell run since its kernel started? */
  private _hasRun(index: number): boolean {
    const cell = this._follower.panel?.content.widgets[index];
    return cell !== undefined && this._follower.ran.has(cell.model);
  }

  /** Show the exercise's own cells of this role; where it has none, ask the lesson. */
  private async _help(role: 'hint' | 'solution', title: string): Promise<void> {
    const exercise = this._exercise();
    const panel = this._follower.panel;
    if (!exercise || !panel) {
      return;
    }
    const indices = exercise.roles[role] ?? [];
    if (!indices.length) {
      const help = await askLesson(panel, role, exercise.id);
      const { check = [], exercise: own = [] } = exercise.roles;
      const form = check[0] ?? own[0];
      // The exercise's form shows the help too, where its code stays in view.
      if (help.given && form !== undefined && this._hasRun(form)) {
        await this._follower.goTo(form);
      } else {
        await showText(`${title}: ${exercise.title}`, help.text, role === 'solution');
      }
      return;
    }
    for (const index of indices) {
      panel.content.widgets[index].inputHidden = false;
    }
    await this._follower.goTo(indices[0]);
    await this._run(indices);
  }

  private _tellNewer(lesson: ILesson, newer: string): void {
    Notification.info(
      `The kit has a newer version of ‘${shortTitle(lesson)}’. Your copy stays as it is; ` +
        `the new one lies beside it: ${PathExt.basename(newer)}`,
      {
        autoClose: false,
        actions: [{ label: 'Open the new version', callback: () => void this._show(newer) }]
      }
    );
  }
}

/** Show plain text, with its line breaks, until it is closed. */
async function showText(title: string, text: string, code: boolean): Promise<void> {
  const body = new Widget({ node: document.createElement('pre') });
  body.addClass('synthkit-Help');
  body.toggleClass('synthkit-mod-code', code);
  body.node.textContent = text;
  await showDialog({ title, body, buttons: [Dialog.okButton({ label: 'Close' })] });
}
