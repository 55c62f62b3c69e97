/* The history as a line of years: choose a mark, read what happened and who says so. */

const SHAPES = { method: "circle", privacy: "square", learning: "triangle" };

function mark(kind, x, y, r) {
  if (SHAPES[kind] === "square") return svg("rect", { x: x - r, y: y - r, width: 2 * r, height: 2 * r });
  if (SHAPES[kind] === "triangle") return svg("path", { d: `M${x},${y - r * 1.2}l${r * 1.2},${r * 2.1}h${-r * 2.4}z` });
  return svg("circle", { cx: x, cy: y, r });
}

function render({ model, el }) {
  const { events, kinds } = model.get("spec");
  const root = frame(el, "timeline", "Timeline of synthetic data");
  const years = events.map((event) => event.year);
  const first = Math.floor(Math.min(...years) / 10) * 10, last = Math.ceil(Math.max(...years) / 10) * 10;
  const picture = svg("svg", { class: "skw-years", "aria-hidden": "true" });
  const holder = make("div", { class: "skw-wide" }, picture);
  const key = make("p", { class: "skw-key" }, ...Object.entries(kinds).map(([kind, words]) =>
    make("span", {}, svg("svg", { class: `skw-is-${kind}`, viewBox: "-8 -8 16 16", width: 14, height: 14, "aria-hidden": "true" }, mark(kind, 0, 0, 5)), ` ${words}`)));
  const row = make("div", { class: "skw-chips", role: "group", "aria-label": "Marks, oldest first; arrow keys move" });
  const says = spoken("skw-panel");
  let chosen = 0;

  const chips = events.map((event, i) => {
    const chip = button(`${event.year}`, () => choose(i), { class: `skw-chip skw-is-${event.kind}` });
    chip.append(make("span", { class: "skw-chip-title" }, ` ${event.title}`));
    return chip;
  });
  row.append(...chips);
  root.append(holder, key, row, says);
  const rest = roving(row);
  row.addEventListener("focusin", (event) => chips.includes(event.target) && choose(chips.indexOf(event.target)));

  function choose(i) {
    chosen = i;
    const event = events[i];
    chips.forEach((chip, k) => chip.setAttribute("aria-pressed", k === i));
    rest(chips[i]);
    says.replaceChildren(make("p", { class: "skw-title" }, `${event.year}: ${event.title}`), make("p", {}, event.text), evidence(event.evidence));
    draw(holder.clientWidth || 600);
  }

  function draw(width) {
    const x = (year) => 16 + ((width - 32) * (year - first)) / (last - first);
    const y = 44;
    picture.setAttribute("viewBox", `0 0 ${width} 66`);
    picture.replaceChildren(svg("line", { class: "skw-axis", x1: x(first), x2: x(last), y1: y, y2: y }));
    const every = width < 480 ? 20 : 10;
    for (let year = Math.ceil(first / every) * every; year <= last; year += every)
      picture.append(svg("line", { class: "skw-axis", x1: x(year), x2: x(year), y1: y, y2: y + 5 }),
        svg("text", { x: x(year), y: y + 18, "text-anchor": "middle" }, year));
    const stacked = {};
    events.forEach((event, i) => {
      const place = Math.round(x(event.year) / 11);
      const height = (stacked[place] = (stacked[place] ?? 0) + 1);
      const g = svg("g", { class: `skw-mark skw-is-${event.kind}${i === chosen ? " skw-chosen" : ""}`, onclick: () => choose(i) },
        mark(event.kind, x(event.year), y - 2 - 11 * (height - 0.4), i === chosen ? 6.5 : 4.5));
      picture.append(g);
    });
  }

  const close = onWidth(holder, draw);
  choose(0);
  return close;
}

export default { render };
