/**
 * The renderer of a check's progress record: the record is for the outline, not for the eye,
 * so it takes no room in the notebook.
 */
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';

import { PROGRESS_MIME } from './progress';

class Nothing extends Widget implements IRenderMime.IRenderer {
  constructor() {
    super();
    this.addClass('synthkit-ProgressRecord');
  }

  async renderModel(): Promise<void> {
    return;
  }

  /** Mark the row of the output area, so that the style sheet can take it away. */
  protected onAfterAttach(): void {
    this.node.closest('.jp-OutputArea-child')?.classList.add('synthkit-mod-record');
  }
}

export const progressRenderer: IRenderMime.IRendererFactory = {
  safe: true,
  mimeTypes: [PROGRESS_MIME],
  // Before text and HTML: those stand in a record's bundle for viewers without this kit only.
  defaultRank: 10,
  createRenderer: () => new Nothing()
};
