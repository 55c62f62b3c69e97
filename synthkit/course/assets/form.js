/* The course's form: one question, its answer, its reply. Plain ES module, no build step.
 *
 * The kernel sends `spec` (the question), `reply` (what a check found) and `help` (hints so far);
 * the page sends {do: "submit" | "skip" | "hint" | "solution", …}. All text is set as text,
 * never as HTML: a column name may be anything.
 */

const SVG = "http://www.w3.org/2000/svg";
let forms = 0;

/** Make an element; children are nodes or text. */
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

/** Text in which `…` is code. */
function prose(text) {
  return String(text ?? "")
    .split("`")
    .map((piece, i) => (i % 2 ? make("code", {}, piece) : piece));
}

const paragraph = (cls, ...content) => make("p", { class: cls }, ...content);

// -- one function for each kind of question: returns {node, read} -----------------------------

function choice(spec, id, saved) {
  const group = make("div", { class: "skf-options", role: "radiogroup", "aria-labelledby": `${id}-q` });
  spec.options.forEach((text, i) => {
    const input = make("input", { type: "radio", name: `${id}-choice`, value: i, checked: saved === i });
    group.append(make("label", { class: "skf-option" }, input, make("span", {}, ...prose(text))));
  });
  const read = () => {
    const picked = group.querySelector("input:checked");
    return picked ? Number(picked.value) : null;
  };
  return { node: group, read };
}

function order(spec, id, saved) {
  const list = make("ol", { class: "skf-lines", "aria-labelledby": `${id}-q` });
  const tray = make("ul", { class: "skf-lines skf-tray", "aria-label": "Left out" });
  const say = make("span", { class: "skf-sr", "aria-live": "polite" });
  const move = (row, by, focus) => {
    const other = by < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (row.parentNode !== list || !other) return;
    if (by < 0) other.before(row);
    else other.after(row);
    say.textContent = `Now line ${[...list.children].indexOf(row) + 1} of ${list.children.length}`;
    focus.focus();
  };
  const toggle = (row, button) => {
    const out = row.parentNode === list;
    (out ? tray : list).append(row);
    button.textContent = out ? "Use" : "Leave out";
    tray.hidden = !tray.children.length;
    say.textContent = out ? "Left out" : `Now line ${list.children.length}`;
    button.focus();
  };
  const add = (text, used) => {
    const row = make("li", { class: "skf-line" });
    row.dataset.text = text;
    const up = make("button", { type: "button", "aria-label": `Up: ${text}`, onclick: () => move(row, -1, up) }, "↑");
    const down = make("button", { type: "button", "aria-label": `Down: ${text}`, onclick: () => move(row, 1, down) }, "↓");
    row.append(make("span", { class: "skf-text" }, ...prose(text)), up, down);
    row.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      move(row, by, event.target);
    });
    if (spec.distractors) {
      const out = make("button", { type: "button", onclick: () => toggle(row, out) }, used ? "Leave out" : "Use");
      row.append(out);
    }
    (used ? list : tray).append(row);
  };
  const kept = Array.isArray(saved) ? saved.filter((t) => spec.lines.includes(t)) : spec.lines;
  kept.forEach((text) => add(text, true));
  spec.lines.filter((text) => !kept.includes(text)).forEach((text) => add(text, false));
  tray.hidden = !tray.children.length;
  const node = make("div", {}, list, tray, say);
  return { node, read: () => [...list.children].map((row) => row.dataset.text) };
}

function blanks(spec, id, saved) {
  const code = make("pre", { class: "skf-code" });
  const inputs = spec.labels.map((label, i) =>
    make("input", {
      type: "text", "aria-label": label, placeholder: label, spellcheck: "false", autocomplete: "off",
      autocapitalize: "off", size: Math.max(12, label.length), value: Array.isArray(saved) ? saved[i] : "",
    }));
  spec.pieces.forEach((piece, i) => code.append(piece, ...(inputs[i] ? [inputs[i]] : [])));
  return { node: code, read: () => inputs.map((input) => input.value) };
}

function sentence(spec, id, saved) {
  const area = make("textarea", { rows: 3, "aria-labelledby": `${id}-q`, maxlength: 2000 });
  area.value = typeof saved === "string" ? saved : "";
  return { node: area, read: () => area.value };
}

function svg(tag, attributes, text) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text != null) node.textContent = text;
  return node;
}

const short = (value) => Number(value.toPrecision(2)).toString();

function draw(spec, id, saved) {
  const values = Array.isArray(saved) ? saved.slice() : spec.start.slice();
  const picture = svg("svg", { class: "skf-draw", role: "group", "aria-labelledby": `${id}-q` });
  const [low, high] = spec.y_range;
  const scale = spec.log ? Math.log : (v) => v;
  const back = spec.log ? Math.exp : (v) => v;
  const height = 250, left = 64, right = 30, top = 14, bottom = 50;
  let width = 480;
  const px = (i) => left + ((width - left - right) * i) / (spec.x.length - 1);
  const py = (v) => top + ((height - top - bottom) * (scale(high) - scale(v))) / (scale(high) - scale(low));
  const set = (i, value) => {
    values[i] = Math.min(high, Math.max(low, Number(value.toPrecision(3))));
    paint(i);
  };
  const fromPointer = (event) => {
    const box = picture.getBoundingClientRect();
    const y = ((event.clientY - box.top) * height) / box.height;
    return back(scale(high) - ((y - top) / (height - top - bottom)) * (scale(high) - scale(low)));
  };
  function paint(focus) {
    picture.replaceChildren();
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    picture.setAttribute("height", height);
    for (let decade = 10 ** Math.floor(Math.log10(low)); decade <= high; decade *= 10)
      for (const tick of [1, 2, 5].map((m) => m * decade).filter((t) => t >= low * 0.999 && t <= high * 1.001)) {
        picture.append(svg("line", { class: "skf-grid", x1: left, x2: width - right, y1: py(tick), y2: py(tick) }));
        picture.append(svg("text", { x: left - 6, y: py(tick) + 4, "text-anchor": "end" }, short(tick)));
      }
    spec.x_names.forEach((name, i) =>
      picture.append(svg("text", { x: px(i), y: height - bottom + 20, "text-anchor": "middle" }, name)));
    picture.append(svg("text", { x: (left + width - right) / 2, y: height - 8, "text-anchor": "middle", class: "skf-axis" }, spec.x_label));
    const middle = (top + height - bottom) / 2;
    picture.append(svg("text", { x: 12, y: middle, "text-anchor": "middle", class: "skf-axis", transform: `rotate(-90 12 ${middle})` }, spec.y_label));
    picture.append(svg("polyline", { class: "skf-predicted", points: values.map((v, i) => `${px(i)},${py(v)}`).join(" ") }));
    values.forEach((value, i) => {
      const given = i < spec.fixed;
      const mark = svg("g", given ? {} : {
        role: "slider", tabindex: 0, class: "skf-handle", "aria-orientation": "vertical",
        "aria-label": `${spec.y_label} at ${spec.x_names[i]}`, "aria-valuemin": low, "aria-valuemax": high,
        "aria-valuenow": value, "aria-valuetext": short(value),
      });
      mark.append(svg("circle", { class: given ? "skf-given" : "skf-point", cx: px(i), cy: py(value), r: given ? 5 : 8 }));
      // The last label ends over its point: beside it, it would leave the picture.
      const last = i === values.length - 1;
      const place = last ? { x: px(i) + 10, y: py(value) - 14, "text-anchor": "end" } : { x: px(i) + 12, y: py(value) - 9 };
      mark.append(svg("text", { ...place, class: "skf-value" }, short(value)));
      picture.append(mark);
      if (given) return;
      mark.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        const drag = (e) => set(i, fromPointer(e));
        const stop = () => {
          window.removeEventListener("pointermove", drag);
          window.removeEventListener("pointerup", stop);
          window.removeEventListener("pointercancel", stop);
        };
        window.addEventListener("pointermove", drag);
        window.addEventListener("pointerup", stop);
        window.addEventListener("pointercancel", stop);
        mark.focus();
      });
      mark.addEventListener("keydown", (event) => {
        const steps = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 5, PageDown: -5 };
        const by = steps[event.key];
        if (!by) return;
        event.preventDefault();
        set(i, spec.log ? value * 1.06 ** by : value + (by * (high - low)) / 50);
      });
      if (focus === i) mark.focus();
    });
  }
  const resize = new ResizeObserver(([entry]) => {
    const now = Math.round(Math.min(560, Math.max(270, entry.contentRect.width)));
    if (now !== width && entry.contentRect.width) { width = now; paint(); }
  });
  const node = make("div", { class: "skf-drawing" }, picture);
  resize.observe(node);
  paint();
  return { node, read: () => values, close: () => resize.disconnect() };
}

const nothing = () => ({ node: null, read: () => null });
const KINDS = { choice, order, blanks, sentence, draw, code: nothing, state: nothing, curtain: nothing };

// -- the reply and the hints ------------------------------------------------------------------

function replyNodes(reply) {
  if (!reply?.outcome) return [];
  const nodes = [paragraph("skf-head", make("span", { class: "skf-icon", "aria-hidden": "true" }, reply.icon), ` ${reply.head}`)];
  if (reply.misconception) nodes.push(paragraph("skf-name", `The idea behind it: ‘${reply.misconception}’.`));
  if (reply.line) nodes.push(make("pre", { class: "skf-code" }, reply.line));
  if (reply.why) nodes.push(paragraph("", ...prose(reply.why)));
  if (reply.try_next) nodes.push(paragraph("skf-try", make("b", {}, "Try this: "), ...prose(reply.try_next)));
  if (reply.passed?.length) {
    const items = reply.passed.map((text) => make("li", {}, ...prose(text)));
    nodes.push(make("ul", { class: "skf-passed", "aria-label": "What holds already" }, ...items));
  }
  if (reply.note) nodes.push(paragraph("skf-note", reply.note));
  return nodes;
}

function helpNodes(help) {
  const nodes = (help?.hints ?? []).map((text, i) =>
    paragraph("skf-hint", make("b", {}, `Hint ${i + 1}: `), ...prose(text)));
  if (help?.solution) nodes.push(paragraph("skf-hint", make("b", {}, "A solution:")), make("pre", { class: "skf-code" }, help.solution));
  if (help?.note) nodes.push(paragraph("skf-note", help.note));
  return nodes;
}

// -- the form ---------------------------------------------------------------------------------

function render({ model, el }) {
  const id = `skf-${(forms += 1)}`;
  const spec = model.get("spec");
  // A form element would submit on Enter and ask the page to navigate: a group does neither.
  const root = make("div", { class: "skf", role: "group", "aria-labelledby": `${id}-q`, "data-exercise": spec.id, "data-kind": spec.kind });
  // JupyterLab would take arrow keys and letters for its own shortcuts; those of the course have Alt.
  root.addEventListener("keydown", (event) => event.altKey || event.stopPropagation());
  const part = (KINDS[spec.kind] ?? nothing)(spec, id, model.get("saved"));
  const question = make("div", { class: "skf-question", id: `${id}-q` }, ...spec.prompt.split("\n\n").map((text) => paragraph("", ...prose(text))));
  root.append(question, ...(part.node ? [part.node] : []));

  let sure = null;
  if (spec.confidence) {
    sure = make("select", { id: `${id}-sure` }, make("option", { value: "" }, "choose"),
      ...Object.entries(spec.confidence).map(([words, value]) => make("option", { value }, words)));
    root.append(make("p", { class: "skf-sure" }, make("label", { for: `${id}-sure` }, "How sure are you? "), sure));
  }
  const send = (what) => model.send(what);
  const submit = () => {
    root.dataset.busy = "yes";
    send({ do: "submit", answer: part.read(), confidence: sure?.value ? Number(sure.value) : null });
  };
  const bar = make("div", { class: "skf-bar" });
  const buttons = {};
  const button = (name, text, action) => bar.append((buttons[name] = make("button", { type: "button", "data-do": name, onclick: action }, text)));
  if (spec.submit) button("submit", spec.submit, submit);
  if (spec.skip) button("skip", spec.skip, () => send({ do: "skip" }));
  if (spec.hints) button("hint", "", () => send({ do: "hint" }));
  if (spec.solution) button("solution", "Solution", () => send({ do: "solution" }));
  buttons.submit?.classList.add("skf-main");
  const reply = make("div", { class: "skf-reply", role: "status", "aria-live": "polite" });
  const help = make("div", { class: "skf-help", "aria-live": "polite" });
  root.append(bar, reply, help);
  el.append(root);

  const showReply = () => {
    const found = model.get("reply");
    delete root.dataset.busy;
    root.dataset.outcome = found?.outcome ?? "";
    reply.replaceChildren(...replyNodes(found));
    for (const name of ["submit", "skip"]) if (buttons[name]) buttons[name].hidden = Boolean(found?.closed);
  };
  const showHelp = () => {
    const found = model.get("help") ?? {};
    help.replaceChildren(...helpNodes(found));
    const given = found.hints?.length ?? 0;
    if (buttons.hint) {
      buttons.hint.textContent = given < spec.hints ? `Hint ${given + 1} of ${spec.hints}` : "No more hints";
      buttons.hint.disabled = given >= spec.hints;
    }
    if (buttons.solution) buttons.solution.disabled = given < spec.hints || Boolean(found.solution);
  };
  model.on("change:reply", showReply);
  model.on("change:help", showHelp);
  showReply();
  showHelp();
  return () => {
    model.off("change:reply", showReply);
    model.off("change:help", showHelp);
    part.close?.();
  };
}

export default { render };
