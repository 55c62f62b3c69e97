/* The label-cost calculator: the prices are the reader's, the sums are the kernel's. */

const SEND_AFTER_MS = 120;

function render({ model, el }) {
  const { fields, title } = model.get("spec");
  const root = frame(el, "cost", title);
  const inputs = {};
  const form = make("div", { class: "skw-fields" }, ...fields.map((field) => {
    const id = freshId(field.name);
    inputs[field.name] = make("input", { id, type: "number", min: field.low, max: field.high, step: "any",
      inputmode: "decimal", value: model.get("state").inputs[field.name], oninput: later });
    return make("label", { for: id }, make("span", {}, field.label), inputs[field.name]);
  }));
  const bars = make("div", { class: "skw-bars", "aria-hidden": "true" });
  const says = spoken();
  root.append(make("p", { class: "skw-title" }, title), form, bars, says);
  let waiting = null;

  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(() => model.send({ do: "cost",
      inputs: Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value === "" ? null : Number(input.value)])) }), SEND_AFTER_MS);
  }

  function draw() {
    const state = model.get("state");
    bars.replaceChildren(...state.bars.map((bar) => make("div", { class: "skw-barrow" },
      make("span", { class: "skw-barname" }, bar.label),
      make("span", { class: "skw-track" }, make("span", { class: `skw-fill skw-${bar.role}`, style: `width:${100 * bar.share}%` })),
      make("span", { class: "skw-sum" }, bar.text))));
    says.replaceChildren(...state.sentences.map((text) => make("p", {}, text)));
    root.dataset.sum = state.bars.map((bar) => bar.text).join(" | ");
  }
  model.on("change:state", draw);
  draw();
  return () => {
    clearTimeout(waiting);
    model.off("change:state", draw);
  };
}

export default { render };
