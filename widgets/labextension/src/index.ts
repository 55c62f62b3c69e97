/** The JupyterLab plugin: puts the parts together. No server part, no network. */
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Drive } from '@jupyterlab/services';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { IStatusBar } from '@jupyterlab/statusbar';

import { showAbout } from './about';
import { announceTicks } from './announce';
import { Library } from './catalog';
import { addCommands, addMenu, addToLauncher, addToPalette } from './commands';
import type { IParts } from './commands';
import { Course } from './course';
import { Follower } from './follow';
import { Lessons } from './lessons';
import { OutlinePanel } from './outline';
import { progressRenderer } from './renderer';
import { StatusItem } from './status';
import { Workspace } from './workspace';

const PLUGIN_ID = 'synthkit-lab:plugin';
const GREETED = 'synthkit-lab:greeted';
const OUTLINE_RANK = 150;

const plugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'The synthkit course: outline, launcher, checks and progress.',
  autoStart: true,
  requires: [IDocumentManager, INotebookTracker, IRenderMimeRegistry],
  optional: [
    ILabShell, ILayoutRestorer, ICommandPalette, IMainMenu, ILauncher, IDefaultFileBrowser,
    ISettingRegistry, IStateDB, IStatusBar
  ],
  activate
};

async function activate(
  app: JupyterFrontEnd,
  documents: IDocumentManager,
  tracker: INotebookTracker,
  rendermime: IRenderMimeRegistry,
  labShell: ILabShell | null,
  restorer: ILayoutRestorer | null,
  palette: ICommandPalette | null,
  menus: IMainMenu | null,
  launcher: ILauncher | null,
  browser: IDefaultFileBrowser | null,
  registry: ISettingRegistry | null,
  state: IStateDB | null,
  statusBar: IStatusBar | null
): Promise<void> {
  rendermime.addFactory(progressRenderer);

  const { contents, serverSettings } = app.serviceManager;
  const browsed = () => contents.localPath(browser?.model.path ?? '');
  const course = new Course();
  const library = new Library(serverSettings);
  const workspace = new Workspace(
    contents,
    new Drive({ serverSettings }),
    state,
    browsed,
    async () => browser?.model.refresh()
  );
  const follower = new Follower(tracker, course, workspace, contents);
  const lessons = new Lessons(app, documents, library, workspace, course, follower);

  const outline = new OutlinePanel({
    course,
    state,
    actions: { go: (...place) => lessons.go(...place), next: () => lessons.nextExercise() }
  });
  const parts: IParts = {
    app,
    course,
    lessons,
    workspace,
    documents,
    browsed,
    selected: () => [...(browser?.selectedItems() ?? [])],
    about: () => showAbout(app, course, library, workspace),
    focusOutline: () => {
      app.shell.activateById(outline.id);
      outline.focusTree();
    }
  };
  addCommands(parts);
  labShell?.add(outline, 'left', { rank: OUTLINE_RANK, type: 'Synthkit' });
  restorer?.add(outline, outline.id);
  if (palette) {
    addToPalette(palette);
  }
  announceTicks(course);
  statusBar?.registerStatusItem('synthkit-lab:status', {
    item: new StatusItem(course, () => void lessons.nextExercise()),
    align: 'left',
    rank: 50,
    isActive: () => course.place !== null,
    activeStateChanged: course.changed
  });

  // JupyterLab does not wait for what follows.
  void library.catalog().then(catalog => {
    course.catalog = catalog;
    follower.readAgain();
    if (menus) {
      addMenu(menus, parts);
    }
    if (launcher) {
      addToLauncher(launcher, parts);
    }
  });
  void followSettings(course, workspace, registry);
  void Promise.all([app.restored, workspace.find()]).then(async ([, folder]) => {
    await follower.readProgress();
    // In a folder with lessons the outline shows itself, once; afterwards the learner decides.
    if (folder !== null && labShell && state && !(await state.fetch(GREETED))) {
      await state.save(GREETED, true);
      labShell.activateById(outline.id);
    }
  });
}

/** Apply the settings now and whenever they change, and hand them to the kernel. */
async function followSettings(
  course: Course,
  workspace: Workspace,
  registry: ISettingRegistry | null
): Promise<void> {
  if (!registry) {
    return;
  }
  const write = () => void workspace.writeSettings(course.settings.toText());
  try {
    course.settings.follow(await registry.load(PLUGIN_ID));
  } catch (error) {
    console.warn('Synthkit works with its plain settings:', error);
    return;
  }
  await workspace.find();
  write();
  course.settings.changed.connect(write);
}

export default plugin;
