/* What the widgets of the welcome share. Each widget is this file and one of its neighbours, put
 * together by the kernel into one ES module. All text is set as text, never as HTML.
 */

const SVG = "http://www.w3.org/2000/svg";
let made = 0;

/** Make an element; children are nodes or text, attributes beginning with `on` are listeners. */
function make(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/** The same in a picture. */
function svg(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

function furnish(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

/** The frame of a widget: a named group that keeps its keys from the notebook's shortcuts. */
function frame(el, kind, label) {
  const root = make("div", { class: `skw skw-${kind}`, role: "group", "aria-label": label });
  root.addEventListener("keydown", (event) => event.altKey || event.stopPropagation());
  el.append(root);
  return root;
}

/** A line that a screen reader speaks when it changes. */
const spoken = (cls = "") => make("div", { class: `skw-says ${cls}`, role: "status", "aria-live": "polite" });

const button = (text, onclick, attributes = {}) => make("button", { type: "button", onclick, ...attributes }, text);

const freshId = (word) => `skw-${word}-${(made += 1)}`;

/** Arrow keys walk along a row of buttons: one stop of the Tab key for all of them. */
function roving(row, selector = "button") {
  const items = () => [...row.querySelectorAll(selector)].filter((item) => !item.hidden);
  const rest = (chosen) => items().forEach((item) => item.setAttribute("tabindex", item === chosen ? 0 : -1));
  row.addEventListener("focusin", (event) => items().includes(event.target) && rest(event.target));
  row.addEventListener("keydown", (event) => {
    const all = items(), at = all.indexOf(document.activeElement);
    const to = {
      ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: all.length - 1,
    }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length].focus();
  });
  rest(items()[0]);
  return rest;
}

/** Run `draw(width)` now and whenever the width of the node changes. */
function onWidth(node, draw) {
  let width = 0;
  const seen = new ResizeObserver(([entry]) => {
    const now = Math.round(entry.contentRect.width);
    if (now && now !== width) draw((width = now));
  });
  seen.observe(node);
  return () => seen.disconnect();
}

/** The list 'source: …' and 'lesson: …' below an answer. */
function evidence(items) {
  return make("ul", { class: "skw-evidence" }, ...items.map((text) => make("li", {}, text)));
}
