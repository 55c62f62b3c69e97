/* The map of techniques: how useful a table is against how well an attack finds its members. */

function render({ model, el }) {
  const { points, outside, topics, axes, chance } = model.get("spec");
  const root = frame(el, "map", "Map of techniques");
  const groups = [...new Set(topics.map((topic) => topic.group))];
  const chips = [];
  const ask = make("div", { class: "skw-topics" }, ...groups.map((group) => {
    const row = make("div", { class: "skw-chips", role: "group", "aria-label": `${group}; arrow keys move` },
      ...topics.filter((topic) => topic.group === group).map((topic) => {
        const chip = button(topic.title, () => chooseTopic(topic), { class: "skw-chip" });
        chips.push([topic, chip]);
        return chip;
      }));
    roving(row);
    return make("div", {}, make("p", { class: "skw-group" }, group), row);
  }));
  const picture = svg("svg", { class: "skw-scatter", role: "group", "aria-label": "Techniques that learn from a table; arrow keys move" });
  const holder = make("div", { class: "skw-wide" }, picture);
  const row = make("div", { class: "skw-chips", role: "group", "aria-label": "Techniques that need no table; arrow keys move" });
  const simulators = outside.map((item) => [item, button(item.title, () => choose(item), { class: "skw-chip skw-outside" })]);
  row.append(...simulators.map(([, chip]) => chip));
  roving(row);
  const says = spoken("skw-panel");
  root.append(ask, holder, make("p", { class: "skw-group" }, "Made from knowledge: no real row goes in"), row, says);
  let topic = null, item = null;
  let width = 600;

  const lit = (name) => !topic || topic.techniques.includes(name);

  function chooseTopic(next) {
    topic = topic === next ? null : next;
    item = null;
    if (topic) {
      says.replaceChildren(make("p", { class: "skw-title" }, topic.title), make("p", {}, topic.text), evidence(topic.evidence));
    } else rest();
    draw();
  }

  function choose(next) {
    item = next;
    says.replaceChildren(make("p", { class: "skw-title" }, next.title), make("p", {}, `Serves: ${next.serves}`),
      make("p", {}, `Risks: ${next.risks}`), make("p", {}, next.figures), evidence(next.evidence));
    draw();
  }

  const rest = () => says.replaceChildren(make("p", {}, "Choose a technique, or a question above: the techniques that it is about stay lit."));

  function draw() {
    for (const [t, chip] of chips) chip.setAttribute("aria-pressed", t === topic);
    for (const [s, chip] of simulators) {
      chip.setAttribute("aria-pressed", s === item);
      chip.classList.toggle("skw-dim", !lit(s.name));
    }
    const focused = document.activeElement?.dataset?.name;
    const height = width < 480 ? 300 : 330, left = 54, right = 14, top = 12, bottom = 44;
    const [x0, x1] = axes.x_range, [y0, y1] = axes.y_range;
    const x = (v) => left + ((width - left - right) * (v - x0)) / (x1 - x0);
    const y = (v) => top + ((height - top - bottom) * (y1 - v)) / (y1 - y0);
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    picture.replaceChildren();
    const line = (cls, ax, ay, bx, by) => picture.append(svg("line", { class: cls, x1: ax, y1: ay, x2: bx, y2: by }));
    const words = (text, px, py, more = {}) => picture.append(svg("text", { x: px, y: py, ...more }, text));
    line("skw-axis", left, height - bottom, width - right, height - bottom);
    line("skw-axis", left, top, left, height - bottom);
    for (const tick of axes.x_ticks) words(tick, x(tick), height - bottom + 16, { "text-anchor": "middle" });
    for (const tick of axes.y_ticks) words(tick, left - 6, y(tick) + 4, { "text-anchor": "end" });
    words(width < 480 ? axes.x_short : axes.x_label, (left + width - right) / 2, height - 8, { "text-anchor": "middle" });
    words(axes.y_label, 12, (top + height - bottom) / 2, { "text-anchor": "middle", transform: `rotate(-90 12 ${(top + height - bottom) / 2})` });
    line("skw-chance", x(chance.attack), top, x(chance.attack), height - bottom);
    line("skw-chance", left, y(chance.real), width - right, y(chance.real));
    words("real rows", width - right, y(chance.real) - 4, { "text-anchor": "end", class: "skw-faint" });
    words("guessing", x(chance.attack) + 4, height - bottom - 5, { class: "skw-faint" });
    const taken = points.map((p) => [x(p.attack) - 7, y(p.utility) - 7, 14, 14]);
    taken.push([width - right - 62, y(chance.real) - 16, 62, 15], [x(chance.attack), height - bottom - 17, 60, 15]);
    const free = (box) => taken.every(([bx, by, bw, bh]) => box[0] >= bx + bw || box[0] + box[2] <= bx || box[1] >= by + bh || box[1] + box[3] <= by) &&
      box[0] >= left && box[0] + box[2] <= width - 4 && box[1] >= 0 && box[1] + box[3] <= height - bottom;
    const nodes = points.map((p) => {
      const px = x(p.attack), py = y(p.utility), w = 7.2 * p.title.length + 2, h = 15;
      // Beside the point, else above or below it, further and further away; never cut at an edge.
      const rows = [-8, 6, -22, 20, -36, 34, -50, 48, 62, 76];
      const places = rows.flatMap((dy) => [9, -9 - w, -w / 2].map((dx) => [px + dx, py + dy]))
        .filter(([ax, ay]) => ax > px || ax + w < px || ay > py + 5 || ay + h < py - 5);
      const [bx, by] = places.find(([ax, ay]) => free([ax, ay, w, h])) ?? [Math.min(px + 9, width - w), py - 8];
      taken.push([bx, by, w, h]);
      return svg("g", { class: `skw-point${lit(p.name) ? "" : " skw-dim"}${p === item ? " skw-chosen" : ""}`, role: "button", tabindex: -1,
        "aria-pressed": p === item, "aria-label": `${p.title}. ${p.figures}`, "data-name": p.name,
        onclick: () => choose(p), onkeydown: (event) => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          choose(p);
        } },
      // A name that found no place beside its point is tied to it.
      Math.abs(by + h / 2 - py) > 20 ? svg("line", { class: "skw-leader", x1: px, y1: py, x2: Math.min(Math.max(px, bx), bx + w), y2: by > py ? by : by + h }) : null,
      svg("line", { class: "skw-whisker", x1: x(Math.max(x0, p.attack_low)), x2: x(Math.min(x1, p.attack_high)), y1: py, y2: py }),
      svg("path", { d: `M${px},${py - 7}l6.5,11h-13z` }), svg("text", { x: bx, y: by + 12 }, p.title));
    });
    picture.append(...nodes);
    (nodes.find((node) => node.dataset.name === (focused ?? item?.name)) ?? nodes[0]).setAttribute("tabindex", 0);
    nodes.find((node) => node.dataset.name === focused)?.focus();
  }

  roving(picture, "g.skw-point");
  const close = onWidth(holder, (now) => {
    width = now;
    draw();
  });
  rest();
  draw();
  return close;
}

export default { render };
