/* The game 'which table is real?'. The page never holds which one is: the kernel grades. */

function table(columns, rows, label) {
  const head = make("tr", {}, ...columns.map((name) => make("th", { scope: "col" }, name)));
  const body = rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", {}, cell))));
  return make("table", { "aria-label": label }, make("thead", {}, head), make("tbody", {}, ...body));
}

/** Your share of hits with its interval, beside a coin's. */
function interval({ low, high, share }) {
  const x = (value) => 24 + 252 * value;
  const tick = (value) => svg("text", { x: x(value), y: 50, "text-anchor": "middle" }, `${100 * value} %`);
  return svg("svg", { class: "skw-interval", viewBox: "0 0 300 56", role: "img",
    "aria-label": `Hits ${Math.round(100 * share)} %, interval ${Math.round(100 * low)} to ${Math.round(100 * high)} %, a coin 50 %` },
  svg("line", { class: "skw-axis", x1: x(0), x2: x(1), y1: 34, y2: 34 }), tick(0), tick(0.5), tick(1),
  svg("line", { class: "skw-chance", x1: x(0.5), x2: x(0.5), y1: 8, y2: 38 }),
  svg("line", { class: "skw-band", x1: x(low), x2: x(high), y1: 22, y2: 22 }),
  svg("circle", { class: "skw-dot", cx: x(share), cy: 22, r: 6 }));
}

function render({ model, el }) {
  const root = frame(el, "game", "Game: which table is real?");
  const title = make("p", { class: "skw-title", tabindex: -1 });
  const pair = make("div", { class: "skw-pair" });
  const says = spoken();
  const bar = make("div", { class: "skw-bar" });
  root.append(title, pair, says, bar);
  let shown = 0; // the round on the table
  let wish = null; // where the focus goes after the next drawing

  const answers = () => model.get("state").answers ?? [];

  function draw() {
    const { rounds, columns } = model.get("spec");
    const state = model.get("state");
    const over = state.sentence && shown >= rounds.length;
    root.dataset.round = over ? "over" : String(shown);
    if (over) return finish(state);
    const answer = answers()[shown];
    title.textContent = `Round ${shown + 1} of ${rounds.length}: which table is real?`;
    pair.replaceChildren(...["A", "B"].map((name, side) => {
      const real = answer && answer.truth === side;
      const card = make("div", { class: `skw-card${real ? " skw-real" : ""}` },
        make("p", { class: "skw-name" }, answer ? `${name}: ${real ? "real" : "made"}` : name),
        table(columns, rounds[shown][side], `Table ${name}`));
      if (!answer) card.append(button(`${name} is real`, () => {
        wish = "next";
        model.send({ do: "pick", round: shown, side });
      }, { "data-side": side }));
      return card;
    }));
    says.replaceChildren(...(answer ? [
      make("p", { class: answer.right ? "skw-right" : "skw-wrong" }, `${answer.right ? "✓ Right." : "✗ No."} ${answer.why}`),
      make("p", {}, state.score)] : []));
    bar.replaceChildren(...(answer ? [button(shown + 1 < rounds.length ? "Next round" : "Your score", () => {
      shown += 1;
      wish = "title";
      draw();
    }, { class: "skw-main", "data-do": "next" })] : []));
    settle();
  }

  function finish(state) {
    title.textContent = "Your score";
    pair.replaceChildren(interval(state.interval));
    const remark = state.remark ? [make("p", {}, state.remark)] : [];
    says.replaceChildren(make("p", {}, state.sentence), ...state.kinds.map((text) => make("p", {}, text)), ...remark);
    bar.replaceChildren(button("Play with new tables", () => {
      wish = "title";
      model.send({ do: "again" });
    }, { "data-do": "again" }));
    settle();
  }

  function settle() {
    if (wish === "next") bar.querySelector("button")?.focus({ preventScroll: true });
    if (wish === "title") title.focus({ preventScroll: true });
    wish = null;
  }

  const fresh = () => {
    shown = 0;
    draw();
  };
  // A game that was begun before (a second view, a page loaded again) goes on where it was.
  shown = answers().length;
  model.on("change:spec", fresh);
  model.on("change:state", draw);
  draw();
  return () => {
    model.off("change:spec", fresh);
    model.off("change:state", draw);
  };
}

export default { render };
