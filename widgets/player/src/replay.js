// Replay on a page without a kernel: recorded runs answer what the kernel would.

import { mountDial } from './dial.js';
import { mountPlayer } from './player.js';

/** What the kernel would send to a player that has just opened. */
function playerMessages(data) {
  return data.traces.map(({ slot, text, title, landmark }) => ({
    type: 'trace', slot, text, title, landmark, running: false, live: false, parameters: {}, overlay: data.overlay,
    score: '', code: data.config.code,
  }));
}

/** What the kernel would answer to a turn of the dial: the recorded run of that stop. */
function dialAnswers(data) {
  const reached = [];
  let wasBroken = false;
  return (message) => {
    const wanted = message.type === 'ready' ? data.start : message.value;
    const stop = data.stops.find(({ value }) => value === wanted);
    if (!stop) return { type: 'error', id: message.id, text: 'This stop was not recorded; run the lesson to see it.' };
    wasBroken ||= stop.broken;
    reached.push(stop.indicator);
    const sound = wasBroken ? 'healed' : 'sound';
    return {
      type: 'result', id: message.id, value: stop.value, indicator: stop.indicator, broken: stop.broken,
      word: stop.broken ? 'broken' : sound, history: [...reached], text: message.have ? null : stop.text,
      fresh: false, code: stop.code,
    };
  };
}

/**
 * @param {HTMLElement} el
 * @param {object} data  what `KitWidget.replay()` returns
 */
export function mountReplay(el, data) {
  let callback = () => {};
  const tell = (message) => queueMicrotask(() => callback(message));
  const listen = (heard) => {
    callback = heard;
    return () => (callback = () => {});
  };
  if (data.config.kind === 'dial') {
    const answer = dialAnswers(data);
    const send = (message) => ['ready', 'dial'].includes(message.type) && tell(answer(message));
    return mountDial(el, { config: data.config, view: 'replay', send, listen });
  }
  const config = { ...data.config, dials: [], can_run: false };
  return mountPlayer(el, {
    config,
    view: 'replay',
    send: (message) => message.type === 'ready' && playerMessages(data).forEach(tell),
    listen,
  });
}

/** Mount every recording of the page: a script of data, and behind it the place for the player. */
export function mountReplays() {
  for (const holder of document.querySelectorAll('script.synthkit-replay')) {
    mountReplay(holder.nextElementSibling, JSON.parse(holder.textContent));
  }
}
