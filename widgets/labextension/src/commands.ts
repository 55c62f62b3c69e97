/** The commands, and where they can be found: palette, menu, launcher. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { InputDialog, Notification } from '@jupyterlab/apputils';
import type { ICommandPalette } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { ILauncher } from '@jupyterlab/launcher';
import type { IMainMenu } from '@jupyterlab/mainmenu';
import { RankedMenu } from '@jupyterlab/ui-components';
import type { Contents } from '@jupyterlab/services';

import { lessonNumber, shortTitle } from './catalog';
import type { Course } from './course';
import { exploreIcon, lessonIcon, logoIcon, prototypeIcon } from './icons';
import type { Lessons } from './lessons';
import { chooseTable, isTable } from './tables';
import { exploreNotebook, prototypeNotebook } from './templates';
import { safeStem, timestamp } from './workspace';
import type { Workspace } from './workspace';

export const CATEGORY = 'Synthkit';

export const ID = {
  openLesson: 'synthkit:open-lesson',
  nextSection: 'synthkit:next-section',
  nextExercise: 'synthkit:next-exercise',
  runCheck: 'synthkit:run-check',
  hint: 'synthkit:hint',
  solution: 'synthkit:show-solution',
  reset: 'synthkit:reset-lesson',
  export: 'synthkit:export-progress',
  explore: 'synthkit:explore',
  exploreSelected: 'synthkit:explore-selected',
  prototype: 'synthkit:prototype',
  projector: 'synthkit:toggle-projector',
  about: 'synthkit:about',
  focusOutline: 'synthkit:focus-outline'
} as const;

/** What the commands work with. */
export interface IParts {
  readonly app: JupyterFrontEnd;
  readonly course: Course;
  readonly lessons: Lessons;
  readonly workspace: Workspace;
  readonly documents: IDocumentManager;
  readonly browsed: () => string;
  readonly selected: () => Contents.IModel[];
  readonly about: () => Promise<void>;
  readonly focusOutline: () => void;
}

/** The seed for a notebook of the learner's own. */
const OWN_SEED = 42;

export function addCommands(parts: IParts): void {
  addLessonCommands(parts);
  addTableCommands(parts);
  const { commands } = parts.app;
  commands.addCommand(ID.about, {
    label: 'About Synthkit and Doctor',
    icon: logoIcon,
    execute: parts.about
  });
  commands.addCommand(ID.projector, {
    label: 'Larger Type for a Projector',
    isToggled: () => parts.course.settings.values.projector,
    execute: () => parts.course.settings.toggleProjector()
  });
  commands.addCommand(ID.focusOutline, {
    label: 'Show the Course Outline',
    execute: parts.focusOutline
  });
  parts.course.changed.connect(() => commands.notifyCommandChanged());
}

function addLessonCommands({ app, course, lessons }: IParts): void {
  const { commands } = app;
  const inLesson = () => course.place !== null;
  const named = (args: { lesson?: unknown }) =>
    typeof args.lesson === 'string' ? course.lesson(args.lesson) : undefined;

  commands.addCommand(ID.openLesson, {
    label: args => {
      const lesson = named(args);
      return lesson ? `${lessonNumber(lesson.id)} ${shortTitle(lesson)}` : 'Open Lesson…';
    },
    caption: args => {
      const lesson = named(args);
      return lesson ? `${lesson.title} (${lesson.minutes} min). You will break: ${lesson.breaks}` : '';
    },
    icon: args => (args.isPalette ? undefined : lessonIcon(String(args.lesson ?? ''))),
    isEnabled: args => !course.settings.locked(String(args.lesson ?? '')),
    execute: async args => {
      const id = typeof args.lesson === 'string' ? args.lesson : await chooseLesson(course);
      return id ? lessons.open(id) : null;
    }
  });
  const simple = (id: string, label: string, execute: () => Promise<void>) =>
    commands.addCommand(id, { label, isEnabled: inLesson, execute });
  simple(ID.nextSection, 'Next Section', () => lessons.nextSection());
  simple(ID.runCheck, 'Run Check', () => lessons.runCheck());
  simple(ID.hint, 'Hint', () => lessons.hint());
  commands.addCommand(ID.nextExercise, {
    label: 'Next Exercise',
    execute: () => lessons.nextExercise()
  });
  commands.addCommand(ID.solution, {
    label: () =>
      course.settings.values.hide_solutions ? 'Show Solution (locked)' : 'Show Solution',
    isEnabled: () => inLesson() && !course.settings.values.hide_solutions,
    execute: () => lessons.solution()
  });
  commands.addCommand(ID.reset, {
    label: () => (course.settings.locked('reset') ? 'Reset Lesson (locked)' : 'Reset Lesson…'),
    isEnabled: () => inLesson() && !course.settings.locked('reset'),
    execute: async args => lessons.reset(named(args)?.id ?? course.place?.lesson ?? '')
  });
  commands.addCommand(ID.export, {
    label: 'Export Progress',
    isEnabled: () => !course.settings.locked('export'),
    execute: () => exportProgress(course)
  });
}

async function chooseLesson(course: Course): Promise<string | undefined> {
  const items = course.catalog.lessons.map(
    lesson => `${lessonNumber(lesson.id)} ${lesson.title}`
  );
  const chosen = await InputDialog.getItem({ title: 'Open which lesson?', items, okLabel: 'Open' });
  const index = chosen.button.accept ? items.indexOf(chosen.value ?? '') : -1;
  return course.catalog.lessons[index]?.id;
}

/** Hand the learner the progress file as a download; it goes nowhere else. */
async function exportProgress(course: Course): Promise<void> {
  if (course.progress.state !== 'fine') {
    Notification.info('There is no progress to export yet. Run a check first.');
    return;
  }
  const file = new Blob([course.progress.content], { type: 'application/json' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = `synthkit-progress_${timestamp(new Date())}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function addTableCommands(parts: IParts): void {
  const { app, course, lessons, workspace, documents } = parts;
  const seed = () => course.settings.values.class_seed ?? OWN_SEED;
  const explore = async (path: string | null) => {
    // Beside the table: the kernel starts there, so its bare name is its path.
    const folder = path === null ? await workspace.settle() : PathExt.dirname(path);
    const name = path === null ? null : PathExt.basename(path);
    const stem = `explore_${safeStem(PathExt.basename(path ?? 'breast_cancer').replace(/\.[^.]+$/, ''))}`;
    return lessons.create(folder, stem, exploreNotebook(name, seed()));
  };

  app.commands.addCommand(ID.explore, {
    label: args => (args.isLauncher ? 'Explore my table' : 'Explore This Table…'),
    caption: 'Look at a CSV or Parquet file of yours and judge a synthetic copy of it',
    icon: args => (args.isPalette ? undefined : exploreIcon),
    execute: async args => {
      const asked = typeof args.path === 'string' && isTable(args.path) ? args.path : undefined;
      const path = asked ?? (await chooseTable(documents, workspace, parts.browsed()));
      return path === undefined ? null : explore(path);
    }
  });
  const selectedTable = () => {
    const files = parts.selected();
    return files.length === 1 && isTable(files[0].name) ? files[0].path : undefined;
  };
  app.commands.addCommand(ID.exploreSelected, {
    label: 'Explore with Synthkit',
    icon: exploreIcon,
    isVisible: () => selectedTable() !== undefined,
    execute: async () => {
      const path = selectedTable();
      return path === undefined ? null : explore(path);
    }
  });
  app.commands.addCommand(ID.prototype, {
    label: args => (args.isLauncher ? 'Prototype a technique' : 'Prototype a Technique'),
    caption: 'Write a technique of your own in one cell and see it judged',
    icon: args => (args.isPalette ? undefined : prototypeIcon),
    execute: async () =>
      lessons.create(await workspace.settle(), 'my_technique', prototypeNotebook(seed()))
  });
}

const IN_PALETTE = [
  ID.openLesson, ID.nextSection, ID.nextExercise, ID.runCheck, ID.hint, ID.solution, ID.reset,
  ID.export, ID.explore, ID.prototype, ID.projector, ID.about, ID.focusOutline
];

export function addToPalette(palette: ICommandPalette): void {
  for (const command of IN_PALETTE) {
    palette.addItem({ command, category: CATEGORY, args: { isPalette: true } });
  }
}

/** The Synthkit menu; its first entry opens each lesson. */
export function addMenu(menus: IMainMenu, { app, course }: IParts): void {
  const { commands } = app;
  const menu = new RankedMenu({ commands });
  menu.id = 'jp-mainmenu-synthkit';
  menu.title.label = 'Synthkit';
  const open = new RankedMenu({ commands });
  open.title.label = 'Open Lesson';
  for (const lesson of course.catalog.lessons) {
    open.addItem({ command: ID.openLesson, args: { lesson: lesson.id } });
  }
  const groups = [
    [ID.nextSection, ID.nextExercise],
    [ID.runCheck, ID.hint, ID.solution],
    [ID.explore, ID.prototype],
    [ID.reset, ID.export],
    [ID.focusOutline, ID.projector, ID.about]
  ];
  menu.addGroup([{ type: 'submenu', submenu: open }], 0);
  groups.forEach((group, rank) => menu.addGroup(group.map(command => ({ command })), rank + 1));
  menus.addMenu(menu, true, { rank: 800 });
}

export function addToLauncher(launcher: ILauncher, { course }: IParts): void {
  const categoryRank = 10;
  course.catalog.lessons.forEach((lesson, rank) => {
    launcher.add({
      command: ID.openLesson,
      args: { lesson: lesson.id },
      category: CATEGORY,
      rank,
      categoryRank
    });
  });
  [ID.explore, ID.prototype].forEach((command, rank) => {
    launcher.add({
      command,
      args: { isLauncher: true },
      category: CATEGORY,
      rank: 100 + rank,
      categoryRank
    });
  });
}
