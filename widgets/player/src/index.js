// The entry: a widget inside a notebook (anywidget), or a page that stands alone.

import { mountDial } from './dial.js';
import { mountPlayer } from './player.js';
import { mountReplays } from './replay.js';
import { parseTrace } from './trace.js';

const MOUNT = { player: mountPlayer, dial: mountDial };

/** anywidget's hook: draw one view of a model, return what takes it away. */
function render({ model, el }) {
  const config = JSON.parse(model.get('_config'));
  const port = {
    config,
    view: Math.random().toString(36).slice(2),
    send: (message) => model.send(message),
    listen(callback) {
      model.on('msg:custom', callback);
      return () => model.off('msg:custom', callback);
    },
  };
  return MOUNT[config.kind](el, port);
}

/** `Trace.to_html`: the trace stands in the page, and there is no kernel. */
function standAlone() {
  const holder = document.getElementById('synthkit-page-trace');
  const el = document.getElementById('synthkit-page');
  if (!holder || !el) return;
  const text = holder.textContent;
  const trace = parseTrace(text);
  mountPlayer(el, {
    config: { kind: 'player', title: trace.name, code: trace.code, dials: [], can_run: false },
    send() {},
    listen(callback) {
      queueMicrotask(() => callback({ type: 'trace', slot: 'main', text, title: trace.name, running: false }));
      return () => {};
    },
  });
}

standAlone();
mountReplays();

export default { render };
