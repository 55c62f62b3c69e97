/** *About and doctor*: what is installed, and whether this half of the kit finds what it needs. */
import { Dialog, ReactWidget, showDialog } from '@jupyterlab/apputils';
import type { JupyterFrontEnd } from '@jupyterlab/application';
import * as React from 'react';

import type { Library } from './catalog';
import type { Course } from './course';
import { logoIcon } from './icons';
import type { Workspace } from './workspace';

const STATES = { none: 'none yet', fine: 'fine', damaged: 'damaged: the next check sets it aside' };

export async function showAbout(
  app: JupyterFrontEnd,
  course: Course,
  library: Library,
  workspace: Workspace
): Promise<void> {
  const { done, total } = course.countAll();
  const { values } = course.settings;
  const folder = await workspace.find();
  const facts: [string, string][] = [
    ['Synthkit', course.catalog.kit || 'unknown'],
    ['JupyterLab', app.version],
    ['Lessons', library.problem || String(course.catalog.lessons.length)],
    ['Lessons come from', new URL(library.root()).pathname],
    ['Workspace', folder === null ? 'not chosen yet' : folder || 'the top folder'],
    ['Progress file', STATES[course.progress.state]],
    ['Exercises done', `${done} of ${total}`],
    ['Class seed', values.class_seed === null ? 'none' : String(values.class_seed)],
    ['Solutions', values.hide_solutions ? 'locked' : 'open'],
    ['Locks', values.locks.join(', ') || 'none'],
    ['Fast mode', values.fast_mode ? 'on' : 'off'],
    ['Network', 'not used']
  ];
  await showDialog({
    title: (
      <span className="synthkit-AboutTitle">
        <logoIcon.react tag="span" height="28px" width="28px" /> Synthkit
      </span>
    ),
    body: ReactWidget.create(
      <div className="synthkit-About">
        <table>
          <tbody>
            {facts.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p>
          For the Python side run <code>synthkit doctor</code> in a terminal.
        </p>
      </div>
    ),
    buttons: [Dialog.okButton({ label: 'Close' })]
  });
}
