/* A pad for points drawn by hand: mouse, finger, pen or keyboard. Plain ES module, no build step.
 *
 * `drawing` is {drawn, points: [[x, y], …]}, 0 … side, y upwards; the page sets it whole, and the
 * kernel checks it. While `drawn` is false the points are an example. Text as text only.
 */

const SVG = "http://www.w3.org/2000/svg";
const SIZE = 300; // units of the picture's viewBox
const APART = 4; // a drag drops a point each time it has moved by this much …
const SPRAY = 7; // … within this distance of the pointer
const STEP = 0.25, BIG_STEP = 1; // of the crosshair, in table units
const UNDOS = 100;
const SEND_EVERY_MS = 150;

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

const plural = (count) => `${count.toLocaleString("en")} ${count === 1 ? "point" : "points"}`;

function render({ model, el }) {
  const { side, least, most } = model.get("limits");
  let { drawn, points } = model.get("drawing");
  let cross = [side / 2, side / 2];
  let undos = []; // earlier drawings, oldest first
  let last = null; // where the drag dropped its last point, in units of the viewBox
  let sending = null;

  const toPage = ([x, y]) => [(x / side) * SIZE, (1 - y / side) * SIZE];
  const within = (value) => Math.round(Math.min(Math.max(value, 0), side) * 1000) / 1000;
  const toTable = ([px, py]) => [within((px / SIZE) * side), within((1 - py / SIZE) * side)];

  const dots = svg("path", { class: "skp-dots" });
  const hair = svg("path", { class: "skp-hair" });
  const pad = svg("svg", {
    class: "skp-pad", viewBox: `0 0 ${SIZE} ${SIZE}`, tabindex: "0", role: "application",
    "aria-label": `Pad, x and y from 0 to ${side}. Arrow keys move the crosshair (Shift: further), Space or Enter drops a point, Backspace takes the last back.`,
  }, dots, hair);
  const says = make("p", { class: "skp-says", role: "status", "aria-live": "polite" });
  const clear = make("button", { type: "button" }, "Clear");
  const undo = make("button", { type: "button" }, "Undo");
  const help = make("p", { class: "skp-help" }, "Click or drag. With keys: arrows, Space, Backspace.");
  const root = make("div", { class: "skp", role: "group", "aria-label": "Draw your own points" },
    pad, make("div", { class: "skp-bar" }, undo, clear), says, help);

  function sentence() {
    if (!drawn) return `An example of ${plural(points.length)}; your first one replaces it.`;
    if (points.length >= most) return `${plural(points.length)}: the pad is full.`;
    const missing = least - points.length;
    return missing > 0 ? `${plural(points.length)}; ${missing} more make a table.` : `${plural(points.length)}.`;
  }

  function draw(before = "") {
    // A line of no length with round ends is a dot: one path for all of them.
    dots.setAttribute("d", points.map((p) => `M${toPage(p).map((v) => v.toFixed(1))}h0`).join(""));
    const [x, y] = toPage(cross);
    hair.setAttribute("d", `M${x - 9},${y}h18M${x},${y - 9}v18`);
    root.classList.toggle("skp-example", !drawn);
    undo.disabled = undos.length === 0;
    clear.disabled = points.length === 0;
    says.textContent = before + sentence();
  }

  function send() {
    clearTimeout(sending);
    sending = null;
    model.set("drawing", { drawn, points });
    model.save_changes();
  }

  function remember() {
    undos = [...undos.slice(1 - UNDOS), { drawn, points }];
  }

  function replace(now) {
    points = now;
    drawn = true;
    draw();
    sending ??= setTimeout(send, SEND_EVERY_MS);
  }

  function add(point) {
    const kept = drawn ? points : [];
    if (kept.length < most) replace([...kept, point]);
  }

  function place(event) {
    const box = pad.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIZE, ((event.clientY - box.top) / box.height) * SIZE];
  }

  function sprayed([px, py]) {
    // Even over a disk: the root keeps the middle from filling first.
    const angle = 2 * Math.PI * Math.random(), radius = SPRAY * Math.sqrt(Math.random());
    return [px + radius * Math.cos(angle), py + radius * Math.sin(angle)];
  }

  pad.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    pad.focus({ preventScroll: true });
    pad.setPointerCapture(event.pointerId);
    remember();
    last = place(event);
    cross = toTable(last);
    add(cross);
  });
  pad.addEventListener("pointermove", (event) => {
    if (!last) return;
    const here = place(event);
    if (Math.hypot(here[0] - last[0], here[1] - last[1]) < APART) return;
    last = here;
    cross = toTable(here);
    add(toTable(sprayed(here)));
  });
  const lift = () => {
    if (last && sending !== null) send();
    last = null;
  };
  pad.addEventListener("pointerup", lift);
  pad.addEventListener("pointercancel", lift);

  function move(dx, dy, far) {
    const by = far ? BIG_STEP : STEP;
    cross = [within(cross[0] + dx * by), within(cross[1] + dy * by)];
    draw(`Crosshair at x ${cross[0].toFixed(2)}, y ${cross[1].toFixed(2)}. `);
  }

  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  pad.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in arrows) move(...arrows[event.key], event.shiftKey);
    else if (event.key === " " || event.key === "Enter") {
      remember();
      add(cross);
    } else if (event.key === "Backspace") {
      if (!drawn || points.length === 0) return event.preventDefault();
      remember();
      replace(points.slice(0, -1));
    } else return;
    event.preventDefault();
  });
  // The notebook's own keys (D D, Enter, arrows) must not act while the pad has them.
  root.addEventListener("keydown", (event) => event.altKey || event.stopPropagation());

  clear.addEventListener("click", () => {
    remember();
    replace([]);
    pad.focus({ preventScroll: true });
  });
  undo.addEventListener("click", () => {
    const before = undos.pop();
    if (!before) return;
    ({ drawn, points } = before);
    draw();
    send();
    if (undo.disabled) pad.focus({ preventScroll: true });
  });

  const changed = () => {
    const now = model.get("drawing");
    if (now.points === points || sending !== null) return;
    ({ drawn, points } = now);
    draw();
  };
  model.on("change:drawing", changed);
  draw();
  el.append(root);
  return () => {
    if (sending !== null) send();
    model.off("change:drawing", changed);
  };
}

export default { render };
