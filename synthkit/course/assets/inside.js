/* Look inside: choose a term, and it lights up in equation, code and picture. Text as text only. */

const SVG = "http://www.w3.org/2000/svg";

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const pieces = (list) =>
  list.map(([text, term]) => (term ? make("span", { class: "ski-term", "data-term": term }, text) : text));

function panel(data) {
  const size = 118, pad = 8;
  const scale = (values) => {
    const low = Math.min(...values), high = Math.max(...values);
    return (v) => pad + ((v - low) / (high - low || 1)) * (size - 2 * pad);
  };
  const sx = scale(data.x), sy = scale(data.y);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("aria-hidden", "true");
  data.x.forEach((x, i) => {
    const cx = sx(x), cy = size - sy(data.y[i]);
    const mark = document.createElementNS(SVG, "path");
    // Circles are real, triangles synthetic, as everywhere in the kit.
    const real = `M${cx - 2},${cy}a2,2 0 1,0 4,0a2,2 0 1,0 -4,0`;
    mark.setAttribute("d", data.role !== "synthetic" ? real : `M${cx},${cy - 2.6}l2.5,4.4h-5z`);
    mark.setAttribute("class", `ski-${data.role}`);
    svg.append(mark);
  });
  return make("figure", { class: "ski-panel", "data-symbols": data.symbols.join(" ") }, svg, make("figcaption", {}, data.title));
}

function render({ model, el }) {
  const spec = model.get("spec");
  const root = make("div", { class: "ski", role: "group", "aria-label": "Source, equation and picture" });
  root.addEventListener("keydown", (event) => event.altKey || event.stopPropagation());
  const says = make("p", { class: "ski-says", role: "status", "aria-live": "polite" }, "Choose a term.");
  const buttons = spec.terms.map((term) => {
    const button = make("button", { type: "button", "aria-pressed": "false" }, term.symbol);
    button.addEventListener("click", () => choose(button.getAttribute("aria-pressed") === "true" ? null : term));
    return button;
  });
  const panels = make("div", { class: "ski-panels" }, ...spec.panels.map(panel));
  const equations = make("div", { class: "ski-equations" }, ...spec.equations.map((line) => make("p", {}, ...pieces(line))));
  const code = make("pre", { class: "ski-code", tabindex: "0", "aria-label": "Source" });
  spec.code.forEach((line) => code.append(...pieces(line), "\n"));

  function choose(term) {
    const symbol = term?.symbol;
    says.textContent = term ? `${symbol}: ${term.says}` : "Choose a term.";
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(spec.terms[i].symbol === symbol)));
    root.querySelectorAll(".ski-term").forEach((node) => node.classList.toggle("ski-lit", node.dataset.term === symbol));
    root.querySelectorAll(".ski-panel").forEach((node) =>
      node.classList.toggle("ski-lit", node.dataset.symbols.split(" ").includes(symbol)));
  }
  root.append(make("div", { class: "ski-bar", role: "toolbar", "aria-label": "Terms" }, ...buttons), says, equations, panels, code);
  el.append(root);
}

export default { render };
