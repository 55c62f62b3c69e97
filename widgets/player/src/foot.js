// Below every picture: the code that makes it, its data as a table, and larger type.

import { h } from './dom.js';
import { frameTables } from './table.js';
import { isProjected, setProjected } from './theme.js';

/**
 * @param {object} shell
 * @param {string} code  at most three lines; '' leaves it out
 * @param {() => [object, object][]} current  pairs of trace and frame that are on screen
 */
export function createFoot(shell, code, current) {
  const holder = h('div', { class: 'sk-tables', tabindex: 0, role: 'region', 'aria-label': 'Data as a table' });
  const details = h('details', { class: 'sk-details', ontoggle: () => update() },
    h('summary', { text: 'Data as a table' }), holder);
  const projector = h('button', {
    type: 'button', class: 'sk-button sk-quiet', text: 'Larger (projector)',
    onclick: () => setProjected(!isProjected()),
  });
  const pressed = () => projector.setAttribute('aria-pressed', String(isProjected()));
  shell.root.addEventListener('synthkit:theme', pressed);
  pressed();
  const listing = h('pre', { class: 'sk-code', tabindex: 0 }, h('code', { text: code }));
  const source = h('details', { class: 'sk-details', hidden: !code }, h('summary', { text: 'Show code' }), listing);

  function update() {
    if (!details.open) return;
    holder.replaceChildren(...current().flatMap(([trace, frame]) => frameTables(trace, frame)));
  }

  return {
    root: h('div', { class: 'sk-foot' }, source, details, projector),
    update,
    setCode(text) {
      source.hidden = !text;
      listing.firstChild.textContent = text;
    },
  };
}
