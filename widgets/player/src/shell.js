// What every widget of the kit stands in: theme, size, keyboard, spoken sentence, errors.

import { h, setText } from './dom.js';
import css from './style.css';
import { shown } from './roles.js';
import { isProjected, readTheme, reducedMotion, watchTheme } from './theme.js';

/** Work that is done sooner is not announced. */
const PATIENCE_MS = 150;

/** The colours of the style sheet. */
const COLOURS = { '--sk-mine': '#CC79A7', '--sk-healed': '#009E73', '--sk-alarm': '#D55E00' };

/**
 * Make the root of a widget inside `el`.
 * @param {HTMLElement} el
 * @param {string} label  what the widget is, for those who hear it
 * @param {(theme: object) => void} draw  called at most once a screen refresh
 */
export function createShell(el, label, draw) {
  const live = h('p', { class: 'sk-hidden', 'aria-live': 'polite' });
  const alert = h('p', { class: 'sk-error', role: 'alert', hidden: true });
  const status = h('p', { class: 'sk-status', role: 'status', hidden: true },
    h('span', { class: 'sk-spinner', 'aria-hidden': 'true' }), h('span'));
  const body = h('div', { class: 'sk-body' });
  const root = h('div', { class: 'sk-root', role: 'group', 'aria-label': label },
    h('style', { text: css }), body, status, alert, live);
  let theme = null;
  let waiting = 0;
  let patience = 0;

  function invalidate() {
    if (waiting) return;
    waiting = requestAnimationFrame(() => {
      waiting = 0;
      if (!root.isConnected || root.clientWidth < 40) return;
      theme ??= takeTheme();
      draw(theme);
      root.dispatchEvent(new CustomEvent('synthkit:drawn'));
    });
  }

  function takeTheme() {
    const found = readTheme(root, isProjected());
    root.dataset.theme = found.dark ? 'dark' : 'light';
    Object.entries(COLOURS).forEach(([name, colour]) => root.style.setProperty(name, shown(colour, found)));
    return found;
  }

  function rethink() {
    theme = null;
    root.classList.toggle('sk-projector', isProjected());
    root.classList.toggle('sk-calm', reducedMotion());
    root.dispatchEvent(new CustomEvent('synthkit:theme'));
    invalidate();
  }

  // JupyterLab takes arrow keys and Enter before native controls see them; shortcuts with Ctrl
  // (save, undo) or Alt (the course's: outline, next exercise) stay JupyterLab's.
  root.addEventListener('keydown', (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
  });
  const resized = new ResizeObserver(invalidate);
  resized.observe(root);
  const unwatch = watchTheme(rethink);
  rethink();
  el.append(root);

  return {
    root,
    body,
    invalidate,
    /** Speak a sentence to those who listen. */
    say: (text) => setText(live, text ?? ''),
    /** Show an error, or take it away with ''. */
    fail(text) {
      alert.hidden = !text;
      setText(alert, text ?? '');
    },
    /** Show that something is under way, or that nothing is with ''. Short work does not flicker. */
    busy(text) {
      clearTimeout(patience);
      root.setAttribute('aria-busy', text ? 'true' : 'false');
      const show = () => {
        status.hidden = !text;
        setText(status.lastChild, text ?? '');
      };
      if (text && status.hidden) patience = setTimeout(show, PATIENCE_MS);
      else show();
    },
    destroy() {
      cancelAnimationFrame(waiting);
      clearTimeout(patience);
      resized.disconnect();
      unwatch();
      root.remove();
    },
  };
}
