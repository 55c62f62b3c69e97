// The player: one run, or two side by side, that the reader plays, scrubs, repeats and forks.

import { button, dialInput, freshId, h, setText } from './dom.js';
import { createFoot } from './foot.js';
import { format } from './scale.js';
import { createShell } from './shell.js';
import { createStage } from './stage.js';
import { appendFrame, frameAt, parseTrace } from './trace.js';
import { createTransport } from './transport.js';

const HEARTBEAT_MS = 5000;

/**
 * @param {HTMLElement} el
 * @param {object} port  `config`, `send(message)`, `listen(callback)`: a kernel, or a page without one
 */
export function mountPlayer(el, port) {
  const { config } = port;
  const slots = { main: null, fork: null }; // each {trace, stage, title, landmark}
  let timeline = []; // the steps that the scrub bar goes through
  let refit = false;
  let pending = null; // the id of the request that is not answered yet
  let running = false;
  let ended = false; // was the end of a run seen? Before that its score would give it away

  const shell = createShell(el, `Player: ${config.title}`, draw);
  const transport = createTransport({ count: () => timeline.length, describe, show, settled });
  const stages = h('div', {
    class: 'sk-stages', tabindex: 0, role: 'group', 'aria-label': 'Pictures. Arrow keys step, space plays.',
    onkeydown: (event) => transport.onkeydown(event),
  });
  const sentence = h('p', { class: 'sk-sentence' });
  const score = h('p', { class: 'sk-score', hidden: true });
  const landmarks = h('div', { class: 'sk-row', hidden: true });
  const runs = runControls();
  const foot = createFoot(shell, config.code, () => frames());
  shell.body.append(stages, sentence, score, transport.root, landmarks, runs.root, foot.root);

  const unlisten = port.listen(receive);
  const heartbeat = setInterval(() => running && port.send({ type: 'alive' }), HEARTBEAT_MS);
  port.send({ type: 'ready', view: port.view });

  // --- what is on screen ---

  function frames() {
    const step = timeline[transport.index];
    return Object.values(slots)
      .filter((slot) => slot?.trace.frames.length)
      .map(({ trace }) => [trace, trace.frames[frameAt(trace, step)]]);
  }

  function describe(index) {
    return `step ${format(timeline[index])} (${index + 1} of ${timeline.length})`;
  }

  function show() {
    runs.moved();
    shell.invalidate();
  }

  function settled() {
    shell.say(words());
    foot.update();
  }

  function words() {
    const pairs = frames();
    if (pairs.length < 2) return pairs[0]?.[1].sentence ?? '';
    return pairs.map(([, frame], i) => `${'AB'[i]}: ${frame.sentence}`).join(' ');
  }

  function draw(theme) {
    const shown = Object.values(slots).filter((slot) => slot?.trace.frames.length);
    if (refit) {
      const traces = shown.map((slot) => slot.trace);
      shown.forEach((slot) => slot.stage.fit(traces));
      refit = false;
    }
    const step = timeline[transport.index];
    shown.forEach(({ trace, stage }) => stage.draw(trace.frames[frameAt(trace, step)], theme, shown.length > 1));
    setText(sentence, words());
    if (!running && transport.atEnd && shown.length && !ended) {
      ended = true;
      setScore(score.textContent);
    }
    shell.root.dataset.step = step ?? '';
  }

  // --- what the kernel says ---

  function receive(message) {
    if (message.view && message.view !== port.view) return; // the answer to another view's 'ready'
    if (message.id && pending && message.id !== pending) return; // stale: the newest request wins
    if (message.type === 'trace') takeTrace(message);
    else if (message.type === 'frame') takeFrame(message);
    else if (message.type === 'error') finish(message.text);
    else if (message.type === 'stale') finish('');
  }

  function takeTrace({ slot, text, title, score: scored, running: goes, live, parameters, code, overlay, landmark }) {
    const follow = transport.atEnd;
    const first = !slots[slot];
    const trace = parseTrace(text);
    if (slots[slot]) slots[slot].stage.root.remove();
    const stage = createStage(trace, overlay);
    slots[slot] = { trace, stage, title, landmark };
    if (slot === 'main') closeFork();
    stages.append(stage.root);
    if (slot === 'main') stages.prepend(stage.root);
    if (slot === 'main') {
      runs.follow(parameters ?? {});
      if (code) foot.setCode(code);
    }
    setScore(slot === 'main' ? scored : undefined);
    arrange();
    offerLandmarks();
    shell.fail('');
    if (goes) setRunning(true);
    else finish('');
    // A recorded run starts at its beginning, a live one is joined where it is; another setting of
    // the dial is shown at the frame that the reader was looking at.
    if (slot === 'main' && first && !live) transport.go(0);
    else transport.go(live || follow || slot === 'fork' ? timeline.length - 1 : transport.index);
    settled();
  }

  function takeFrame({ slot, frame }) {
    const target = slots[slot];
    if (!target) return;
    const follow = transport.atEnd;
    appendFrame(target.trace, frame);
    arrange();
    if (follow) transport.go(timeline.length - 1);
    else transport.refresh();
  }

  function finish(error) {
    pending = null;
    setRunning(false);
    shell.fail(error);
  }

  function setRunning(on) {
    running = on;
    shell.busy(on ? 'Running' : pending ? 'Working' : '');
    runs.setRunning(on);
  }

  function setScore(text) {
    if (text === undefined) return;
    score.hidden = !text || !ended;
    setText(score, text ?? '');
  }

  function arrange() {
    const shown = Object.values(slots).filter(Boolean);
    const steps = shown.flatMap((slot) => slot.trace.frames.map((frame) => frame.step));
    timeline = [...new Set(steps)].sort((a, b) => a - b);
    stages.classList.toggle('sk-two', shown.length > 1);
    shown.forEach(({ stage, title }, i) => stage.setTitle(shown.length > 1 ? `${'AB'[i]}: ${title}` : ''));
    refit = true;
    transport.refresh();
    runs.refresh();
    shell.invalidate();
  }

  function closeFork() {
    if (!slots.fork) return;
    slots.fork.stage.root.remove();
    slots.fork = null;
    arrange();
    offerLandmarks();
    settled();
  }

  /** One button for each run that has a step worth a look: it goes there. */
  function offerLandmarks() {
    const shown = Object.values(slots).filter(Boolean);
    const marked = shown.flatMap(({ landmark }, i) => {
      if (!landmark) return [];
      const [step, words] = landmark;
      const text = `${shown.length > 1 ? `${'AB'[i]}, step` : 'Step'} ${format(step)}: ${words}`;
      return [button(text, () => transport.jump(timeline.findLastIndex((other) => other <= step)))];
    });
    landmarks.replaceChildren(...marked);
    landmarks.hidden = !marked.length;
  }

  // --- what the reader asks of the kernel ---

  function request(message) {
    transport.stop();
    pending = freshId('run');
    shell.fail('');
    shell.busy('Working');
    port.send({ type: 'run', id: pending, ...message });
  }

  function runControls() {
    let knob = config.dials[0]?.name; // one knob at a time: the others stay where they are
    const dials = config.dials.map((dial) => ({
      dial, part: dialInput(dial, (value) => request({ slot: 'main', seed: 'same', dial: dial.name, value })),
    }));
    const chooser = h('select', { class: 'sk-select', 'aria-label': 'Which dial is live',
      onchange: () => choose(chooser.value) },
    ...config.dials.map((dial) => h('option', { value: dial.name, text: dial.label })));
    const seed = button('New seed', () => request({ slot: 'main', seed: 'new' }));
    const again = button('Run again', () => request({ slot: 'main', seed: 'same' }), { title: 'Same seed' });
    const halt = button('Stop', () => port.send({ type: 'stop' }), { class: 'sk-button sk-stop', hidden: true });
    const fork = button('Fork here', () => openFork());
    const close = button('Close comparison', () => closeFork(), { hidden: true });
    const form = h('div', { class: 'sk-row sk-dials sk-fork', hidden: true });
    const place = h('span'); // where the fork will be: follows the scrub bar while the form is open
    const root = h('div', { class: 'sk-runs', hidden: !config.can_run && !config.compare },
      h('div', { class: 'sk-row sk-dials' },
        config.dials.length > 1 ? chooser : null, ...dials.map(({ part }) => part.root),
        again, seed, fork, halt, close), form);
    [again, seed, fork].forEach((item) => { item.hidden = !config.can_run; });
    choose(knob);

    function choose(name) {
      knob = name;
      dials.forEach(({ dial, part }) => { part.root.hidden = dial.name !== name; });
    }

    function openFork() {
      const dial = config.dials.find((candidate) => candidate.name === knob);
      const send = (change) => {
        form.hidden = true;
        request({ slot: 'fork', fork_step: frames()[0][1].step, ...change });
      };
      if (!dial) return send({ seed: 'new' });
      const part = dialInput(dial, () => {});
      part.set(dials.find((item) => item.dial === dial).part.value);
      form.replaceChildren(place, part.root,
        button('Run the fork', () => send({ seed: 'same', dial: dial.name, value: part.value }), { class: 'sk-button sk-main' }),
        button('Cancel', () => { form.hidden = true; fork.focus(); }));
      form.hidden = false;
      moved();
      part.input.focus();
      return undefined;
    }

    function moved() {
      if (form.hidden) return;
      if (!config.forks_at_step) setText(place, 'Fork from the start, same seed, with');
      else if (transport.atEnd) setText(place, 'Go back to an earlier step: after the last one nothing can change. Same seed, with');
      else setText(place, `Fork at step ${format(frames()[0][1].step)}, same seed, with`);
    }

    return {
      root,
      moved,
      follow(parameters) {
        dials.forEach(({ dial, part }) => dial.name in parameters && part.set(parameters[dial.name]));
      },
      setRunning(on) {
        halt.hidden = !on;
        fork.disabled = on || !slots.main?.trace.frames.length;
      },
      refresh() {
        close.hidden = !slots.fork;
      },
    };
  }

  return () => {
    clearInterval(heartbeat);
    unlisten();
    transport.stop();
    shell.destroy();
  };
}
