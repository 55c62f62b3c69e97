// Play, pause, step, scrub, speed, rewind: the controls of time.

import { button, freshId, h, setText } from './dom.js';
import { reducedMotion } from './theme.js';

const FRAMES_A_SECOND = 10;
const SPEEDS = [['0.25', '¼ ×'], ['0.5', '½ ×'], ['1', '1 ×'], ['2', '2 ×'], ['4', '4 ×'], ['8', '8 ×']];

/**
 * @param {object} options
 * @param {() => number} options.count  how many frames there are
 * @param {(index: number) => string} options.describe  e.g. 'step 40'
 * @param {(index: number) => void} options.show  called with each new frame
 * @param {() => void} options.settled  the reader has arrived at a frame: speak it
 */
export function createTransport({ count, describe, show, settled }) {
  let index = 0;
  let playing = false;
  let handle = 0;
  let due = 0;

  const scrubId = freshId('scrub');
  const speedId = freshId('speed');
  const play = button('Play', () => (playing ? pause() : start()), { class: 'sk-button sk-main' });
  const back = button('‹ Step', () => jump(index - 1), { 'aria-label': 'Step back' });
  const forth = button('Step ›', () => jump(index + 1), { 'aria-label': 'Step forward' });
  const rewind = button('Rewind', () => jump(0), { title: 'Back to the start, same seed' });
  const scrub = h('input', {
    type: 'range', id: scrubId, class: 'sk-range', min: 0, max: 0, step: 1, value: 0,
    oninput: () => {
      const to = scrub.valueAsNumber; // read first: stop() puts the bar back to the present frame
      stop();
      go(to);
    },
    onchange: () => settled(),
  });
  const where = h('output', { for: scrubId, class: 'sk-value' });
  const speed = h('select', { id: speedId, class: 'sk-select' },
    ...SPEEDS.map(([value, text]) => h('option', { value, text, selected: value === '1' })));
  const root = h('div', { class: 'sk-row sk-transport' },
    play, back, forth, rewind,
    h('span', { class: 'sk-scrub' }, h('label', { for: scrubId, text: 'Frame' }), scrub, where),
    h('span', {}, h('label', { for: speedId, text: 'Speed ' }), speed));

  function go(to) {
    index = Math.min(Math.max(0, to), Math.max(0, count() - 1));
    refresh();
    show(index);
  }

  function jump(to) {
    stop();
    go(to);
    settled();
  }

  function start() {
    if (count() < 2) return;
    if (index >= count() - 1) go(0);
    playing = true;
    due = performance.now() + wait();
    refresh();
    handle = requestAnimationFrame(tick);
  }

  /** Less motion: one frame in two seconds reads as a row of pictures, not as a film. */
  function wait() {
    const rate = FRAMES_A_SECOND * Number(speed.value);
    return 1000 / (reducedMotion() ? Math.min(rate, 0.5) : rate);
  }

  function tick(now) {
    if (!playing) return;
    if (!root.isConnected) return stop();
    if (now >= due) {
      const skipped = Math.floor((now - due) / wait()); // a slow machine keeps the pace
      due += (skipped + 1) * wait();
      go(index + 1 + skipped);
      if (index >= count() - 1) return pause();
    }
    handle = requestAnimationFrame(tick);
  }

  function stop() {
    playing = false;
    cancelAnimationFrame(handle);
    refresh();
  }

  function pause() {
    stop();
    settled();
  }

  function refresh() {
    const last = Math.max(0, count() - 1);
    scrub.max = last;
    scrub.value = index;
    const words = count() ? describe(index) : '';
    scrub.setAttribute('aria-valuetext', words);
    setText(where, words);
    setText(play, playing ? 'Pause' : 'Play');
    play.disabled = last < 1;
    back.disabled = rewind.disabled = index <= 0;
    forth.disabled = index >= last;
    root.hidden = last < 1;
  }

  /** Keys for a picture that has the focus. */
  function onkeydown(event) {
    const move = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: count() - 1 }[event.key];
    if (move !== undefined) jump(move);
    else if (event.key === ' ') play.click();
    else return;
    event.preventDefault();
  }

  return {
    root,
    get index() {
      return index;
    },
    get atEnd() {
      return index >= count() - 1;
    },
    go,
    jump,
    stop,
    refresh,
    onkeydown,
  };
}
