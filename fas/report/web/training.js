// Training histories: of the chosen run, and of the cue makers.

function drawTraining({ table, row }) {
  const cues = Object.keys(DATA.histories).filter((name) => name.startsWith("cues/"));
  const blocks = [row.run, ...cues].map((name) => {
    const head = element("h3", {}, `${name} `, table.mark ? element("span", { class: "mark" }, table.mark) : null);
    const found = DATA.histories[name];
    if (!found) return element("div", {}, head, element("p", { class: "where" }, "It keeps no history."));
    const figures = Object.keys(found).map((column) => element("figure", {}, element("figcaption", {}, column), element("div", { class: "chart" })));
    return element("div", {}, head, element("div", { class: "histories", "data-run": name }, ...figures));
  });
  put(byId("histories"), element("p", { class: "where" }, "Moving averages over the steps."), ...blocks);
  for (const block of byId("histories").querySelectorAll("[data-run]")) {
    const found = DATA.histories[block.dataset.run];
    Object.values(found).forEach(([steps, values], number) => drawHistory(block.querySelectorAll(".chart")[number], steps, values, table.mark));
  }
}

function drawHistory(container, steps, values, mark) {
  const known = steps.map((step, number) => [step, values[number]]).filter(([, value]) => value !== null);
  const heights = known.map(([, value]) => value);
  const x = linearAxis(steps[0], steps[steps.length - 1], "step");
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const y = low < high ? linearAxis(low, high, "") : linearAxis(low - 0.5, high + 0.5, "");
  for (const axis of [x, y]) if (axis.ticks.length > 4) axis.ticks = axis.ticks.filter((_, number) => number % 2 === 0);
  const margin = { top: 16, right: 14, bottom: 36, left: 46 };
  const plot = frame(container, { height: 150, x, y, margin, mark, name: "history" });
  plot.root.append(shape("path", { class: "curve chosen", d: line(known.map(([step, value]) => [plot.x(step), plot.y(value)])), stroke: "var(--c0)" }));
}
