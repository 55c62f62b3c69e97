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
}

export const progressRenderer: IRenderMime.IRendererFactory = {
  safe: true,
  mimeTypes: [PROGRESS_MIME],
  // Behind everything else: a check that also says something in text or HTML shows that.
  defaultRank: 10000,
  createRenderer: () => new Nothing()
};
