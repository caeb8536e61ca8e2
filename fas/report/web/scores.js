// The chosen row's scores: a histogram for each class over one axis, with the thresholds that decide.

const POLICY_DASHES = { dev_eer: "", source_eval_eer: "8 3 2 3", test_eer: "3 3", fixed: "8 4" };
const LINE_HEIGHT = 62;

function drawScores({ table, row, policy: chosenPolicy }) {
  const container = byId("histogram");
  put(byId("histogram-legend"));
  if (row.reason) return put(container, reason(row.reason));
  if (!row.histogram.classes) return put(container, reason("No test clip has a score."));
  const classes = Object.entries(row.histogram.classes);
  const { low, high } = row.histogram;
  const margin = { top: 18, right: 12, bottom: 42, left: Math.min(110, Math.max(64, container.clientWidth * 0.14)) };
  const height = margin.top + LINE_HEIGHT * classes.length + margin.bottom;
  const nothing = { place: () => 0, label: "", ticks: [] };
  const x = linearAxis(low, high, "score of a test clip (higher = more live)");
  const plot = frame(container, { height, x, y: nothing, margin, mark: table.mark, name: "Scores by class" });
  classes.forEach(([name, counts], number) => addClass(plot, name, counts, number, margin, row));
  const bottom = height - margin.bottom;
  for (const [policy, errors] of Object.entries(row.policies)) {
    if (errors.threshold < low || errors.threshold > high) continue;
    const style = { stroke: "var(--ink)", "stroke-width": policy === chosenPolicy ? 2 : 1, "stroke-dasharray": POLICY_DASHES[policy.split(" ")[0]] };
    plot.root.append(shape("path", { d: line([[plot.x(errors.threshold), margin.top], [plot.x(errors.threshold), bottom]]), ...style }));
  }
  return put(byId("histogram-legend"), ...thresholdLegend(row, low, high));
}

function addClass(plot, name, counts, number, margin, row) {
  const base = margin.top + LINE_HEIGHT * (number + 1);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const top = Math.max(...counts);
  const { low, high } = row.histogram;
  const step = (high - low) / counts.length;
  const kind = name === "live" ? "live" : "attack";
  counts.forEach((count, bin) => {
    if (!count) return;
    const [left, right] = [plot.x(low + step * bin), plot.x(low + step * (bin + 1))];
    const tall = (LINE_HEIGHT - 14) * (count / top);
    const bar = shape("rect", { x: left + 0.5, y: base - tall, width: Math.max(1, right - left - 1), height: tall, fill: `var(--${kind})` });
    const range = `${scoreText(low + step * bin)} to ${scoreText(low + step * (bin + 1))}`;
    plot.root.append(tells(bar, `${name}: ${count} of ${total} clips\nscore ${range}`));
  });
  plot.root.append(shape("line", { class: "axis", x1: margin.left, x2: plot.x(high), y1: base, y2: base }));
  plot.root.append(shape("text", { class: "label", x: margin.left - 8, y: base - 20, "text-anchor": "end" }, name));
  plot.root.append(shape("text", { class: "note", x: margin.left - 8, y: base - 5, "text-anchor": "end" }, `${total} clips`));
}

function thresholdLegend(row, low, high) {
  const items = Object.entries(row.policies).map(([policy, errors]) => {
    const style = { stroke: "var(--ink)", "stroke-width": 2, "stroke-dasharray": POLICY_DASHES[policy.split(" ")[0]] };
    const swatch = shape("svg", { width: 26, height: 10, viewBox: "0 0 26 10", "aria-hidden": "true" }, shape("path", { d: "M0 5H26", ...style }));
    const where = errors.threshold < low ? ", below all scores" : errors.threshold > high ? ", above all scores" : "";
    return element("span", { class: "item" }, swatch, `threshold ${DATA.policies[policy].name} ${scoreText(errors.threshold)}${where}`);
  });
  const missing = row.missing ? [element("span", {}, `${row.missing} clips without a score are not in it.`)] : [];
  return [...items, ...missing, element("span", {}, "Each class has its own height.")];
}
