// Elements without innerHTML: whatever a label holds, it stays text.

/**
 * Make an element. Properties that start with 'on' are listeners, the rest attributes;
 * `text` is the text content.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'text') element.textContent = value;
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A real button with words on it. */
export function button(text, onclick, properties = {}) {
  return h('button', { type: 'button', class: 'sk-button', text, onclick, ...properties });
}

let counter = 0;

/** An id that no other element of the page has. */
export function freshId(word) {
  counter += 1;
  return `sk-${word}-${counter}-${Math.random().toString(36).slice(2, 7)}`;
}

/** Set a text only when it changes, so that screen readers are not told twice. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A dial: a native range input over the stops, its value in words beside it.
 * @returns {{root: HTMLElement, input: HTMLInputElement, value: any, set(value: any): void}}
 */
export function dialInput(dial, onchange) {
  const id = freshId('dial');
  const start = Math.max(0, dial.stops.indexOf(dial.start));
  const output = h('output', { for: id, class: 'sk-value' });
  const input = h('input', {
    type: 'range', id, min: 0, max: dial.stops.length - 1, step: 1, value: start, class: 'sk-range',
  });
  const show = () => {
    const words = dial.words[input.valueAsNumber];
    setText(output, words);
    input.setAttribute('aria-valuetext', words);
  };
  const part = {
    root: h('div', { class: 'sk-dial' },
      h('label', { for: id, text: dial.label }), input, output,
      h('span', { class: 'sk-ends', 'aria-hidden': 'true' },
        h('span', { text: dial.words[0] }), h('span', { text: dial.words.at(-1) }))),
    input,
    get value() {
      return dial.stops[input.valueAsNumber];
    },
    set(value) {
      const at = dial.stops.indexOf(value);
      if (at >= 0) input.value = at;
      show();
    },
  };
  input.addEventListener('input', () => {
    show();
    onchange(part.value);
  });
  show();
  return part;
}
