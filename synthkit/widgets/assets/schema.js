/* What each column of a table is, with a choice for each. Plain ES module, no build step.
 *
 * `columns` is [{name, kind, distinct, missing, note}]; `kinds` the choices; the page sets `chosen`
 * {name: kind} whole, and the kernel answers in `reply` {text, wrong}. Text as text only.
 */

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function render({ model, el }) {
  const kinds = model.get("kinds");
  const rows = model.get("columns").map((column) => {
    const choice = make("select", { "aria-label": `Kind of ${column.name}` },
      ...kinds.map((kind) => make("option", { value: kind }, kind)));
    choice.value = model.get("chosen")[column.name] ?? column.kind;
    choice.addEventListener("change", () => {
      model.set("chosen", { ...model.get("chosen"), [column.name]: choice.value });
      model.save_changes();
    });
    return make("tr", { "data-column": column.name }, make("th", { scope: "row" }, column.name), make("td", {}, choice),
      make("td", { class: "ska-number" }, column.distinct.toLocaleString("en")),
      make("td", { class: "ska-number" }, `${(100 * column.missing).toFixed(0)}%`), make("td", {}, column.note));
  });
  const heads = ["column", "kind", "values", "gaps", ""].map((h) => make("th", { scope: "col" }, h));
  const says = make("p", { class: "ska-says", role: "status", "aria-live": "polite" });
  const tell = () => { says.textContent = model.get("reply").text ?? ""; };
  model.on("change:reply", tell);
  tell();
  el.append(make("div", { class: "ska", role: "group", "aria-label": "Kinds of the columns" },
    make("div", { class: "ska-wide" }, make("table", { class: "ska-schema" }, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows))), says));
  return () => model.off("change:reply", tell);
}

export default { render };
