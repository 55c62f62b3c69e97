/** Asking the lesson in the kernel for a hint or a solution. */
import type { NotebookPanel } from '@jupyterlab/notebook';

import { pythonString } from './templates';

/** What stands in place of a hint when the lesson cannot give one. */
const NOT_RUNNING =
  'The lesson is not running yet. Run its first code cell, then ask again (Shift-Enter runs a cell).';

interface IValue {
  status: string;
  ename?: string;
  data?: Record<string, unknown>;
}

export interface IHelp {
  /** Did the lesson itself answer? */
  readonly given: boolean;
  readonly text: string;
}

/**
 * Call a method of the notebook's `lesson` with an exercise's id; return what it says.
 *
 * Nothing is added to the notebook or its history. The lesson also shows the help in the
 * exercise's own form, if that is on the page.
 */
export async function askLesson(
  panel: NotebookPanel,
  method: 'hint' | 'solution',
  exercise: string
): Promise<IHelp> {
  const kernel = panel.sessionContext.session?.kernel;
  if (!kernel) {
    return { given: false, text: NOT_RUNNING };
  }
  const reply = await kernel.requestExecute({
    code: '',
    silent: true,
    store_history: false,
    user_expressions: { said: `lesson.${method}(${pythonString(exercise)})` }
  }).done;
  const content = reply.content as { user_expressions?: { said?: IValue } };
  const value = content.user_expressions?.said;
  const text = value?.status === 'ok' ? value.data?.['text/plain'] : undefined;
  if (typeof text === 'string') {
    return { given: true, text };
  }
  const idle = !value || value.ename === 'NameError';
  return { given: false, text: idle ? NOT_RUNNING : 'This exercise has no help of its own.' };
}
