// The failure dial: one dial, its indicator on a line, broken or healed, and the repair.

import { button, dialInput, freshId, h, setText } from './dom.js';
import { createFoot } from './foot.js';
import { drawGauge, gaugeHeight } from './gauge.js';
import { format, toNumber } from './scale.js';
import { createShell } from './shell.js';
import { createStage, prepare } from './stage.js';
import { parseTrace } from './trace.js';
import { createTransport } from './transport.js';

/**
 * @param {HTMLElement} el
 * @param {object} port  `config`, `send(message)`, `listen(callback)`
 */
export function mountDial(el, port) {
  const { config } = port;
  const known = new Map(); // stop -> trace: a stop that was visited is redrawn in one frame
  let stage = null;
  let shown = null; // the stop whose run is on the stage
  let result = null; // the newest measurement
  let pending = null;
  let asked = null; // the stop that `pending` asks for

  const shell = createShell(el, `Failure dial: ${config.title}`, draw);
  const titleId = freshId('title');
  const part = dialInput(config.dial, (value) => ask(value));
  const word = h('span', { class: 'sk-word' });
  const reading = h('span', { class: 'sk-reading' });
  const gauge = h('canvas', { class: 'sk-canvas', role: 'img' });
  const cure = h('p', { class: 'sk-cure', hidden: true });
  const stages = h('div', {
    class: 'sk-stages', tabindex: 0, role: 'group', 'aria-label': 'Pictures. Arrow keys step, space plays.',
    onkeydown: (event) => transport.onkeydown(event),
  });
  const sentence = h('p', { class: 'sk-sentence' });
  const transport = createTransport({
    count: () => stage?.trace.frames.length ?? 0,
    describe: (i) => `step ${format(stage.trace.frames[i].step)} (${i + 1} of ${stage.trace.frames.length})`,
    show: () => shell.invalidate(),
    settled: () => foot.update(),
  });
  const foot = createFoot(shell, config.code, () => (stage ? [[stage.trace, frame()]] : []));
  shell.root.setAttribute('aria-labelledby', titleId);
  shell.root.removeAttribute('aria-label');
  shell.body.append(
    h('p', { class: 'sk-title', id: titleId, text: config.title }),
    h('p', { class: 'sk-story', text: config.story }),
    h('div', { class: 'sk-row sk-dials' }, part.root,
      button('Break it', () => move(config.broken_at)),
      button('Repair it', () => move(config.repair.value), { class: 'sk-button sk-main' }),
      config.replay ? null : button('New seed', () => ask(part.value, 'new'))),
    h('p', { class: 'sk-verdict' }, word, reading),
    gauge, cure, stages, sentence, transport.root, foot.root,
  );
  const unlisten = port.listen(receive);
  port.send({ type: 'ready', view: port.view });

  function frame() {
    return stage.trace.frames[transport.index];
  }

  function move(value) {
    part.set(value);
    ask(value);
  }

  function ask(value, seed = 'same') {
    transport.stop();
    if (seed === 'new') known.clear();
    pending = freshId('dial');
    asked = value;
    shell.fail('');
    shell.busy('Working');
    const have = known.has(value);
    if (have) put(value); // drawn at once; the kernel only tells the measurement
    port.send({ type: 'dial', id: pending, dial: config.dial.name, value, seed, have });
  }

  function receive(message) {
    if (message.view && message.view !== port.view) return; // the answer to another view's 'ready'
    if (pending && message.id !== pending) return; // stale: the newest request wins
    if (message.type === 'result') take(message);
    else if (message.type === 'progress') shell.busy(message.text);
    else if (message.type === 'error') settle(message.text);
    else if (message.type === 'stale') settle('');
  }

  function settle(error) {
    pending = null;
    shell.busy('');
    shell.fail(error);
  }

  function take(message) {
    if (message.fresh) known.clear(); // another seed: what was drawn before is another run
    if (message.text) known.set(message.value, parseTrace(message.text));
    result = { ...message, indicator: toNumber(message.indicator) };
    part.set(message.value);
    if (known.has(message.value)) put(message.value);
    else port.send({ type: 'ready', view: port.view }); // another view's request: ask for the trace
    foot.setCode(message.code);
    settle('');
    setText(word, { broken: '✕ Broken', healed: '✓ Healed', sound: '○ Not broken yet' }[message.word]);
    word.className = `sk-word sk-${message.word}`;
    setText(reading, ` ${config.indicator_label}: ${format(result.indicator)}`);
    cure.hidden = message.word !== 'healed';
    setText(cure, config.repair.sentence);
    shell.root.dataset.value = String(message.value);
    shell.root.dataset.word = message.word;
    shell.invalidate(); // the gauge, even where the picture was there already
    shell.say(`${word.textContent.slice(2)}.${reading.textContent}.`);
  }

  /** Show the run of a stop that is known. */
  function put(value) {
    const trace = known.get(value);
    shown = value;
    if (stage?.trace === trace) return;
    stage?.root.remove();
    stage = createStage(trace);
    stages.append(stage.root);
    // Every stop that was visited shares its axes, so that the eye compares like with like.
    stage.fit([...known.values()]);
    transport.go(trace.frames.length - 1);
    foot.update();
    shell.invalidate();
  }

  function draw(theme) {
    if (stage?.trace.frames.length) {
      stage.draw(frame(), theme);
      setText(sentence, frame().sentence);
      shell.root.dataset.shown = String(shown);
    }
    if (!result) return;
    const width = Math.floor(Math.min(shell.body.clientWidth, 640));
    const ctx = prepare(gauge, width, gaugeHeight(theme), theme.ratio);
    const reached = result.history.map(toNumber);
    drawGauge(ctx, {
      value: result.indicator, history: reached, threshold: config.threshold,
      brokenWhen: config.broken_when, broken: result.broken,
    }, width, theme);
    gauge.setAttribute('aria-label',
      `${config.indicator_label} ${format(result.indicator)}; broken ${config.broken_when} ${format(config.threshold)}`);
    if (shown === result.value && (!pending || asked === shown)) shell.root.dataset.drawn = String(result.value);
  }

  return () => {
    unlisten();
    transport.stop();
    shell.destroy();
  };
}
