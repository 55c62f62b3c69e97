/**
 * The settings, and what a teacher fixed for everybody.
 *
 * JupyterLab's overrides.json changes a setting's default, which a learner could change back in
 * the settings editor. So what a default hides or locks stays hidden or locked, and a class seed
 * set there wins.
 */
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

export const SETTINGS_FILE = 'synthkit-settings.json';

/** The same words in the schema, in overrides.json and in the file that the kernel reads. */
export interface IValues {
  readonly reduced_motion: boolean;
  readonly colour_set: string;
  readonly fast_mode: boolean;
  readonly class_seed: number | null;
  readonly hide_solutions: boolean;
  readonly locks: readonly string[];
  readonly projector: boolean;
}

const PLAIN: IValues = {
  reduced_motion: false,
  colour_set: 'okabe-ito',
  fast_mode: false,
  class_seed: null,
  hide_solutions: false,
  locks: [],
  projector: false
};

type Read = (key: keyof IValues) => unknown;

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}

function seed(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null;
}

/** Join the learner's settings with the defaults that overrides.json gave. */
export function effective(own: Read, given: Read): IValues {
  const colours = own('colour_set');
  return {
    reduced_motion: own('reduced_motion') === true,
    colour_set: typeof colours === 'string' ? colours : PLAIN.colour_set,
    fast_mode: own('fast_mode') === true,
    class_seed: seed(given('class_seed')) ?? seed(own('class_seed')),
    hide_solutions: given('hide_solutions') === true || own('hide_solutions') === true,
    locks: [...new Set([...strings(given('locks')), ...strings(own('locks'))])].sort(),
    projector: own('projector') === true
  };
}

export class Settings {
  private _registry: ISettingRegistry.ISettings | null = null;
  private _values = PLAIN;
  private readonly _changed = new Signal<this, void>(this);

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get values(): IValues {
    return this._values;
  }

  /** Is a command ('reset', 'export') or a lesson locked? */
  locked(what: string): boolean {
    return this._values.locks.includes(what);
  }

  /** Follow the registry's settings from now on. */
  follow(registry: ISettingRegistry.ISettings): void {
    this._registry = registry;
    registry.changed.connect(this._read, this);
    this._read();
  }

  /** Larger type and marks for a projector: on, or off again. */
  async toggleProjector(): Promise<void> {
    await this._registry?.set('projector', !this._values.projector);
  }

  /** What the kernel reads. */
  toText(): string {
    return JSON.stringify({ version: 1, ...this._values }, null, 1) + '\n';
  }

  private _read(): void {
    const registry = this._registry;
    if (!registry) {
      return;
    }
    const projected = this._values.projector;
    this._values = effective(
      key => registry.composite[key],
      key => registry.default(key)
    );
    // For the style sheets, ours and those of the pictures in the notebook.
    document.body.dataset.synthkitMotion = this._values.reduced_motion ? 'reduced' : 'free';
    document.body.dataset.synthkitColours = this._values.colour_set;
    // A picture's own button may have set it: only a change of the setting has a say.
    if (this._values.projector !== projected) {
      document.body.dataset.synthkitProjector = this._values.projector ? 'on' : 'off';
    }
    this._changed.emit();
  }
}
