// ROC and DET curves of all rows of a view, the operating point of each policy, and the table of the chosen row's.

const COLOURS = 7;
const DASHES = ["", "7 4", "2 3"];
const POLICY_MARKERS = { dev_eer: "circle", source_eval_eer: "square", test_eer: "diamond", fixed: "triangle" };
const ACCEPTED = "attacks accepted (APCER, all), %";

function lineStyle(number) {
  return { stroke: `var(--c${number % COLOURS})`, "stroke-dasharray": DASHES[Math.floor(number / COLOURS) % DASHES.length] };
}

// Fixed thresholds are called `fixed 0.01`.
function markerOf(policy) {
  return POLICY_MARKERS[policy.split(" ")[0]];
}

function pointStyle(policy, number) {
  const colour = `var(--c${number % COLOURS})`;
  return { stroke: colour, fill: policy === "test_eer" ? "var(--paper)" : colour };
}

function drawCurves({ table, view, row }) {
  const without = view.rows.filter((one) => one.reason);
  put(byId("curve-reasons"), ...without.map((one) => reason(`${one.label}: ${one.reason}`)));
  byId("curve-pair").hidden = without.length === view.rows.length;
  put(byId("curve-legend"), ...legend(view, row));
  if (byId("curve-pair").hidden) return;
  const height = (container) => Math.min(440, Math.max(300, container.clientWidth * 0.9));
  const percents = [0, 20, 40, 60, 80, 100].map((tick) => [tick, String(tick)]);
  const roc = byId("roc");
  const across = asked.axis === "log" ? logAxis(DATA.axes.floor, 100, ACCEPTED) : linearAxis(0, 100, ACCEPTED, percents);
  const up = linearAxis(0, 100, "live accepted (100 − BPCER), %", percents);
  const left = frame(roc, { height: height(roc), x: across, y: up, mark: table.mark, name: "ROC curves" });
  const even = asked.axis === "log" ? logEven() : [[0, 100], [100, 0]];
  left.root.append(shape("path", { class: "equal", d: line(even.map(([x, y]) => [left.x(x), left.y(y)])) }));
  addCurves(left, view, row, (apcer, bpcer) => [left.x(apcer), left.y(100 - bpcer)]);

  const det = byId("det");
  const right = frame(det, { height: height(det), x: deviateAxis(ACCEPTED), y: deviateAxis("live rejected (BPCER), %"), mark: table.mark, name: "DET curves" });
  right.root.append(shape("path", { class: "equal", d: line([0, 100].map((rate) => [right.x(rate), right.y(rate)])) }));
  addCurves(right, view, row, (apcer, bpcer) => [right.x(apcer), right.y(bpcer)]);
}

// The line of equal errors where the axis of the attacks is logarithmic.
function logEven() {
  return Array.from({ length: 61 }, (_, step) => DATA.axes.floor * (100 / DATA.axes.floor) ** (step / 60)).map((rate) => [rate, 100 - rate]);
}

// The chosen row comes last, over the others.
function addCurves(plot, view, chosenRow, place) {
  const numbered = view.rows.map((row, number) => [row, number]).filter(([row]) => !row.reason);
  numbered.sort(([one], [other]) => (one === chosenRow) - (other === chosenRow));
  for (const [row, number] of numbered) {
    const points = row.roc[0].map((apcer, step) => place(apcer, row.roc[1][step]));
    plot.root.append(shape("path", { class: `curve${row === chosenRow ? " chosen" : ""}`, d: line(points), ...lineStyle(number) }));
  }
  for (const [row, number] of numbered) {
    for (const [policy, errors] of Object.entries(row.policies)) {
      if (errors.place) plot.root.append(operatingPoint(row, number, policy, errors, row === chosenRow, place));
    }
  }
}

function operatingPoint(row, number, policy, errors, isChosen, place) {
  const [x, y] = place(...errors.place);
  const text = `${row.label}, threshold ${DATA.policies[policy].name} ${scoreText(errors.threshold)}\nAPCER, all attacks ${percent(errors.apcer_pooled)} %, BPCER ${percent(errors.bpcer)} %, HTER ${percent(errors.hter)} %`;
  const path = shape("path", { d: marker(markerOf(policy), x, y, isChosen ? 5.5 : 3.5), ...pointStyle(policy, number) });
  const ring = shape("circle", { class: "ring", cx: x, cy: y, r: 11 });
  const attributes = isChosen ? { tabindex: 0, role: "img", "aria-label": text, "data-policy": policy } : {};
  return tells(shape("g", { class: `point${isChosen ? "" : " other"}`, ...attributes }, path, ring), text);
}

function legend(view, chosenRow) {
  const rows = view.rows.map((row, number) => {
    if (row.reason) return null;
    const swatch = shape("svg", { width: 26, height: 10, viewBox: "0 0 26 10", "aria-hidden": "true" }, shape("path", { d: "M0 5H26", "stroke-width": 3, ...lineStyle(number) }));
    const text = row.auc === null ? row.label : `${row.label} · AUC ${percent(row.auc)}`;
    const button = element("button", { type: "button", class: "item", id: `legend-${number}`, "aria-pressed": String(row === chosenRow) }, swatch, text);
    button.addEventListener("click", () => choose({ row: row.label }));
    return button;
  });
  const policies = Object.keys(chosenRow.policies ?? {});
  const marks = policies.map((policy) =>
    element("span", { class: "item" }, icon(markerOf(policy), { ...pointStyle(policy, 6), "stroke-width": 2 }), `threshold ${DATA.policies[policy].name}`),
  );
  return [...rows, element("span", { class: "break" }), ...marks].filter(Boolean);
}

function drawOperating({ row, policy: chosenPolicy }) {
  const place = byId("operating");
  if (row.reason) return put(place, reason(row.reason));
  const policies = Object.entries(row.policies);
  if (!policies.length) return put(place, reason("No threshold: the clips that would decide it are not of both classes."));
  const attacks = Object.keys(policies[0][1].by_attack);
  const heads = ["Threshold from", "threshold", "HTER", "ACER", "BPCER", "APCER, all", "APCER, worst class", ...attacks.map((name) => `APCER, ${name}`)];
  const within = (errors, name) => percent(errors[name]) + (errors.ci95[name] ? ` [${percent(errors.ci95[name][0])}, ${percent(errors.ci95[name][1])}]` : "");
  const lines = policies.map(([policy, errors]) => {
    const shares = [errors.bpcer, errors.apcer_pooled, errors.apcer, ...attacks.map((name) => errors.by_attack[name])].map(percent);
    const cells = [scoreText(errors.threshold), within(errors, "hter"), within(errors, "acer"), ...shares];
    const head = element("th", { scope: "row", title: DATA.policies[policy].text }, DATA.policies[policy].name);
    return element("tr", { "aria-current": policy === chosenPolicy ? "true" : null }, head, ...cells.map((cell) => element("td", {}, cell)));
  });
  const missing = row.missing ? `; ${row.missing} without a score count as rejected` : "";
  return put(
    place,
    element("div", { class: "wide sheet", tabindex: 0, role: "region", "aria-label": "Operating points" }, plainTable(heads, lines)),
    element("p", { class: "where" }, `Percent of ${row.live} live and ${row.attacks} attack test clips${missing}. In brackets: 95 % intervals over people.`),
  );
}

function plainTable(heads, lines) {
  const head = element("tr", {}, ...heads.map((name) => element("th", { scope: "col" }, name)));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...lines));
}
