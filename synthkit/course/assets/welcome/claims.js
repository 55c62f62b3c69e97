/* The claims board: one claim on a card, three votes, twice. What the kit found comes at the end. */

const ICONS = { holds: "✓", depends: "≈", false: "✗" };
const WORDS = { holds: "holds", depends: "depends", false: "false" };

function render({ model, el }) {
  const { claims } = model.get("spec");
  const root = frame(el, "claims", "Claims board");
  const state = () => model.get("state");
  const top = make("p", { class: "skw-title" });
  const grid = make("div", { class: "skw-grid", role: "group", "aria-label": "All claims; arrow keys move" });
  const card = make("div", { class: "skw-claim" });
  const bar = make("div", { class: "skw-bar" });
  const says = spoken();
  root.append(top, grid, card, bar, says);
  let at = Math.max(0, claims.findIndex((claim) => !vote(claim, state().round)));
  let wish = false;
  const squares = claims.map((claim, i) => button("", () => go(i), { class: "skw-square" }));
  grid.append(...squares);
  const rest = roving(grid);

  function vote(claim, round) {
    return state().votes[claim.id]?.[round];
  }

  function go(i) {
    at = (i + claims.length) % claims.length;
    draw();
  }

  function choice(claim, round) {
    const group = make("div", { class: "skw-bar", role: "group", "aria-label": "Your vote" }, ...Object.keys(ICONS).map((word) =>
      button(`${ICONS[word]} ${WORDS[word]}`, () => {
        wish = true;
        model.send({ do: "vote", claim: claim.id, vote: word });
      }, { "data-vote": word, "aria-pressed": vote(claim, round) === word })));
    return group;
  }

  function draw() {
    const { round, found, lines } = state();
    const claim = claims[at];
    const voted = claims.filter((one) => vote(one, round)).length;
    top.textContent = `${round === "first" ? "First vote" : "Second vote"}: ${voted} of ${claims.length}`;
    root.dataset.round = round;
    root.dataset.voted = String(voted);
    squares.forEach((square, i) => {
      const mine = vote(claims[i], round);
      square.textContent = mine ? ICONS[mine] : i + 1;
      square.setAttribute("aria-label", `Claim ${i + 1}: ${mine ? WORDS[mine] : "no vote yet"}`);
      square.setAttribute("aria-current", i === at ? "true" : "false");
      square.className = `skw-square${mine ? ` skw-${mine}` : ""}`;
    });
    rest(squares[at]);
    const answer = found[claim.id];
    const both = ["first", "second"].map((r) => vote(claim, r)).filter(Boolean);
    card.replaceChildren(
      make("p", { class: "skw-group" }, `${at + 1}. ${claim.heading}`),
      make("p", { class: "skw-quote" }, `‘${claim.text}’`),
      ...claim.against.map((other) => make("p", { class: "skw-against" }, "The text also says: ",
        button(`‘${other.text}’`, () => go(claims.findIndex((one) => one.id === other.id)), { class: "skw-link" }))),
      choice(claim, round),
      ...(answer ? [make("div", { class: `skw-found skw-${answer.verdict}` },
        make("p", { class: "skw-title" }, `${ICONS[answer.verdict]} The kit says: ${WORDS[answer.verdict]}`),
        make("p", {}, answer.why), evidence(answer.evidence),
        ...(both.length ? [make("p", { class: "skw-faint" }, `Your votes: ${both.map((v) => WORDS[v]).join(", then ")}.`)] : []))] : []));
    bar.replaceChildren(
      button("‹ Back", () => go(at - 1), { "data-do": "back" }), button("Next ›", () => go(at + 1), { class: "skw-main", "data-do": "next" }),
      round === "first"
        ? button("Vote a second time", () => model.send({ do: "round", round: "second" }), { "data-do": "second" })
        : button("Back to the first vote", () => model.send({ do: "round", round: "first" }), { "data-do": "first" }),
      ...(state().open ? [] : [button("Show what the kit found", () => model.send({ do: "open" }), { "data-do": "open" })]));
    says.replaceChildren(...lines.map((text) => make("p", {}, text)));
    if (wish) bar.querySelector("[data-do=next]").focus({ preventScroll: true });
    wish = false;
  }

  model.on("change:state", draw);
  draw();
  return () => model.off("change:state", draw);
}

export default { render };
