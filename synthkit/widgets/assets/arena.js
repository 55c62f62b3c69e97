/* The arena on the page: a lane for each technique, the picture, and what a chosen point says.
 *
 * The kernel sends `{type: 'state', lanes, picture, advice, notes, running, error}`, whole; the page
 * sends `{type: 'ready'}`, `{type: 'cancel', name}` and `{type: 'cancel-all'}`. Where everything
 * stands is worked out in the kernel. Text as text only. Plain ES module, no build step.
 */

const SVG = "http://www.w3.org/2000/svg";
const PLOT = { left: 46, top: 26, bottom: 44, height: 330 };
const NARROW = 440;
const OVER = ["done", "failed", "cancelled"];
const WORDS = {
  waiting: "waits", running: "learns", judging: "is judged", done: "done", failed: "failed",
  cancelled: "cancelled",
};
const ON_DARK = { "#0072B2": "#3E9BD6", "#000000": "#FFFFFF" };

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const SHAPES = {
  ring: (x, y) => svg("circle", { cx: x, cy: y, r: 6, class: "ska-hollow" }),
  square: (x, y) => svg("rect", { x: x - 6, y: y - 6, width: 12, height: 12 }),
  cross: (x, y) => svg("path", { d: `M${x - 6},${y - 6}l12,12m0,-12l-12,12`, class: "ska-hollow" }),
  diamond: (x, y) => svg("path", { d: `M${x},${y - 8}l7,8l-7,8l-7,-8z` }),
  triangle: (x, y) => svg("path", { d: `M${x},${y - 8}l7.5,13h-15z` }),
};

function ticks([low, high], count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const found = [];
  for (let v = Math.ceil(low / step) * step; v <= high + 1e-9; v += step) found.push(v);
  return found.map((v) => Number(v.toFixed(6)));
}

function drawLanes(lanes, send) {
  const rows = lanes.map((lane) => {
    const over = OVER.includes(lane.status);
    const cancel = make("button", { type: "button", "aria-label": `Cancel ${lane.name}` }, "Cancel");
    cancel.disabled = over;
    cancel.addEventListener("click", () => send({ type: "cancel", name: lane.name }));
    return make("tr", { class: `ska-${lane.status}`, "data-lane": lane.name, "data-status": lane.status },
      make("th", { scope: "row" }, lane.name),
      make("td", { class: "ska-status" }, WORDS[lane.status]),
      make("td", { class: "ska-number" }, lane.status === "waiting" ? "" : `${lane.seconds.toFixed(0)} s`),
      make("td", {}, lane.said),
      make("td", {}, over ? "" : cancel));
  });
  const heads = ["technique", "", "seconds", "what is known", ""].map((word) => make("th", { scope: "col" }, word));
  return make("table", { class: "ska-lanes" }, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows));
}

function isDark(root) {
  return Boolean(root.closest(".jp-mod-theme-dark, [data-jp-theme-light='false']")
    || document.body.dataset.jpThemeLight === "false");
}

/** Draw the picture; `choose(mark)` is called for a click, Enter or Space on a point or its label. */
function drawPicture(picture, width, dark, chosen, choose) {
  const narrow = width < NARROW; // then numbers stand at the points, and names below
  const labels = narrow ? 24 : Math.min(190, width * 0.36);
  const inner = { width: width - PLOT.left - labels - 8, height: PLOT.height };
  const [x0, x1] = picture.x_range, [y0, y1] = picture.y_range;
  const X = (v) => PLOT.left + ((Math.min(Math.max(v, x0), x1) - x0) / (x1 - x0)) * inner.width;
  const Y = (v) => PLOT.top + (1 - (Math.min(Math.max(v, y0), y1) - y0) / (y1 - y0)) * inner.height;
  const right = PLOT.left + inner.width, floor = PLOT.top + inner.height;
  const plot = svg("svg", { class: "ska-plot", viewBox: `0 0 ${width} ${floor + PLOT.bottom}`, role: "group",
    "aria-label": picture.question });
  plot.append(svg("defs", {}, svg("pattern",
    { id: "ska-hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { width: 7, height: 7, class: "ska-hatch-back" }), svg("path", { d: "M0,0V7", class: "ska-hatch" }))));
  if (picture.corner.length) {
    plot.append(svg("polygon", { class: "ska-corner", points: picture.corner.map(([x, y]) => `${X(x)},${Y(y)}`).join(" ") }));
  }
  for (const v of ticks(picture.x_range, Math.max(2, inner.width / 70))) {
    plot.append(svg("path", { class: "ska-tick", d: `M${X(v)},${floor}v5` }),
      svg("text", { x: X(v), y: floor + 17, "text-anchor": "middle", class: "ska-small" }, String(v)));
  }
  for (const v of ticks(picture.y_range, 6)) {
    plot.append(svg("path", { class: "ska-tick", d: `M${PLOT.left},${Y(v)}h-5` }),
      svg("text", { x: PLOT.left - 8, y: Y(v) + 4, "text-anchor": "end", class: "ska-small" }, `${Math.round(100 * v)}%`));
  }
  plot.append(svg("path", { class: "ska-axis", d: `M${PLOT.left},${PLOT.top}V${floor}H${right}` }),
    svg("text", { x: 2, y: 14, class: "ska-small" }, `↑ ${picture.y_label}`),
    svg("text", { x: PLOT.left, y: floor + 36, class: "ska-small" }, `${narrow ? picture.x_short.replace("Trained on synthetic, tested on real", "Utility") : picture.x_short} →`));
  if (picture.corner.length) plot.append(svg("text", { x: PLOT.left + 8, y: PLOT.top + 16 }, "no better than a copy"));
  for (const mark of picture.marks) {
    const colour = (dark && ON_DARK[mark.colour]) || mark.colour;
    const [x, left, to] = mark.x, [y, low, high] = mark.y;
    const at = PLOT.top + (1 - mark.label_at) * inner.height;
    const shape = SHAPES[mark.shape](X(x), Y(y));
    const hollow = shape.classList.contains("ska-hollow");
    shape.setAttribute("style", hollow ? `fill:var(--ska-back);stroke:${colour};stroke-width:2.5` : `fill:${colour}`);
    if (mark.shape === "cross") shape.style.fill = "none";
    const bars = [];
    const bar = (d) => bars.push(svg("path", { d, style: `stroke:${colour};stroke-width:1.3;opacity:.75` }));
    if (left !== null) bar(`M${X(left)},${Y(y)}H${X(to)}`);
    if (low !== null) bar(`M${X(x)},${Y(low)}V${Y(high)}`);
    const number = picture.marks.indexOf(mark) + 1;
    const name = narrow ? String(number) : mark.name.length > 20 ? `${mark.name.slice(0, 19)}…` : mark.name;
    const group = svg("g", { class: "ska-mark", role: "button", tabindex: "0", "data-point": mark.name,
      "aria-pressed": String(mark.name === chosen), "aria-label": mark.sentence },
    svg("path", { class: "ska-lead", d: `M${X(x)},${Y(y)}L${right + 4},${at}` }), ...bars,
    svg("circle", { class: "ska-ring", cx: X(x), cy: Y(y), r: 12 }), shape,
    svg("circle", { cx: X(x), cy: Y(y), r: 12, style: "fill:transparent" }),
    svg("text", { x: right + 8, y: at + 4 }, name));
    group.addEventListener("click", () => choose(mark.name));
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose(mark.name);
    });
    plot.append(group);
  }
  return plot;
}

function drawTable(picture) {
  const heads = ["table", "verdict", "utility", "attack success", "strongest attack", "worst columns"];
  const percent = (v) => (v === null ? "" : `${(100 * v).toFixed(1)}%`);
  const rows = picture.marks.map((m) => make("tr", {},
    make("th", { scope: "row" }, m.name), make("td", {}, m.kind === "anchor" ? "anchor" : m.verdict),
    make("td", { class: "ska-number" }, `${m.x[0].toFixed(3)}`),
    make("td", { class: "ska-number" }, percent(m.y[0])), make("td", {}, m.attack),
    make("td", {}, m.worst.map(([name, score]) => `${name} ${score.toFixed(2)}`).join(", "))));
  return make("div", { class: "ska-wide" }, make("table", {},
    make("thead", {}, make("tr", {}, ...heads.map((h) => make("th", { scope: "col" }, h)))), make("tbody", {}, ...rows)));
}

function render({ model, el }) {
  let state = null, chosen = "";
  const send = (message) => model.send(message);
  const lanes = make("div", { class: "ska-wide" });
  const bar = make("div", { class: "ska-bar" });
  const picture = make("div");
  const says = make("p", { class: "ska-says", role: "status", "aria-live": "polite" });
  const worst = make("p", { class: "ska-worst" });
  const more = make("details", {}, make("summary", {}, "Data as a table"));
  const advice = make("ul", { class: "ska-notes ska-advice" });
  const root = make("div", { class: "ska", role: "group", "aria-label": "Arena" }, bar, lanes, picture, says, worst, more, advice);
  el.append(root);

  function choose(name) {
    chosen = name;
    draw(true);
  }

  function draw(focus = false) {
    if (!state) return;
    const over = state.lanes.filter((lane) => OVER.includes(lane.status)).length;
    const all = make("button", { type: "button" }, "Cancel all");
    all.disabled = !state.running;
    all.addEventListener("click", () => send({ type: "cancel-all" }));
    bar.replaceChildren(
      make("progress", { max: state.lanes.length, value: over, "aria-label": "techniques that are over" }),
      document.createTextNode(state.running ? `${over} of ${state.lanes.length} over` : "all over"), all);
    const held = document.activeElement?.getAttribute?.("aria-label");
    lanes.replaceChildren(drawLanes(state.lanes, send));
    if (held?.startsWith("Cancel ")) [...lanes.querySelectorAll("button")].find((b) => b.getAttribute("aria-label") === held)?.focus();
    root.dataset.running = String(state.running);
    const plan = state.picture;
    picture.replaceChildren();
    more.hidden = !plan?.marks.length;
    if (plan?.marks.length) {
      const width = Math.max(200, Math.min(root.clientWidth || 640, 760));
      const plot = drawPicture(plan, width, isDark(root), chosen, choose);
      picture.append(make("p", { class: "ska-question" }, plan.question), plot);
      if (width < NARROW) {
        picture.append(make("p", { class: "ska-key" }, plan.marks.map((m, i) => `${i + 1} ${m.name}`).join(" · ")));
      }
      more.replaceChildren(more.firstChild, drawTable(plan));
      const mark = plan.marks.find((m) => m.name === chosen);
      says.textContent = mark ? mark.sentence : "Choose a point: with the mouse, or Tab and Enter.";
      worst.textContent = mark ? `Its worst columns (1 is exact): ${mark.worst.map(([n, s]) => `${n} ${s.toFixed(2)}`).join(", ")}.` : "";
      root.dataset.drawn = "true";
      if (focus) [...plot.querySelectorAll(".ska-mark")].find((m) => m.dataset.point === chosen)?.focus();
    }
    advice.replaceChildren(...state.advice.map((line) => make("li", {}, line)));
    if (state.error) says.textContent = state.error;
  }

  const hear = (message) => {
    if (message.type !== "state") return;
    state = message;
    draw();
  };
  model.on("msg:custom", hear);
  const sized = new ResizeObserver(() => draw());
  sized.observe(root);
  const themed = new MutationObserver(() => draw());
  themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  send({ type: "ready" });
  return () => {
    model.off("msg:custom", hear);
    sized.disconnect();
    themed.disconnect();
  };
}

export default { render };
