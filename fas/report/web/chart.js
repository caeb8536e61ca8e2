// A frame with axes, drawn one to one in the container's pixels, so that its text keeps its size on a phone.

const MARGIN = { top: 18, right: 12, bottom: 42, left: 52 };

// An axis: where a value stands (0..1), and [value, label] of its ticks.
function linearAxis(low, high, label, ticks) {
  const place = (value) => (value - low) / (high - low || 1);
  return { place, label, ticks: ticks ?? roundTicks(low, high).map((tick) => [tick, scoreText(tick)]) };
}

function logAxis(floor, high, label) {
  const ticks = [];
  for (let tick = floor; tick <= high * 1.001; tick *= 10) ticks.push([tick, String(Number(tick.toPrecision(1)))]);
  return { place: (value) => Math.log(Math.max(value, floor) / floor) / Math.log(high / floor), label, ticks };
}

function deviateAxis(label) {
  const [, deviates] = DATA.axes.deviates;
  const [low, high] = [deviates[0], deviates[deviates.length - 1]];
  return { place: (rate) => (deviate(rate) - low) / (high - low), label, ticks: DATA.axes.det.map((tick) => [tick, String(tick)]) };
}

// Four to seven round numbers between two.
function roundTicks(low, high) {
  const rough = (high - low) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough * 0.75);
  const ticks = [];
  for (let tick = Math.ceil(low / step); tick * step <= high + step * 1e-6; tick += 1) ticks.push(tick * step);
  return ticks;
}

// An empty frame in `container`: {root, x, y} with x and y from values to pixels. `mark` is written into it: pictures are passed on.
function frame(container, { height, x, y, mark, name, margin = MARGIN }) {
  const width = Math.max(200, container.clientWidth);
  const [across, down] = [width - margin.left - margin.right, height - margin.top - margin.bottom];
  const toX = (value) => margin.left + across * x.place(value);
  const toY = (value) => margin.top + down * (1 - y.place(value));
  const root = shape("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": name });
  let end = -Infinity; // labels that would run into each other are left out
  for (const [tick, text] of x.ticks) {
    root.append(shape("line", { class: "grid", x1: toX(tick), x2: toX(tick), y1: margin.top, y2: margin.top + down }));
    const half = 3.6 * text.length;
    if (toX(tick) - half < end) continue;
    root.append(shape("text", { x: toX(tick), y: margin.top + down + 16, "text-anchor": "middle" }, text));
    end = toX(tick) + half + 6;
  }
  for (const [tick, text] of y.ticks) {
    root.append(shape("line", { class: "grid", x1: margin.left, x2: margin.left + across, y1: toY(tick), y2: toY(tick) }));
    root.append(shape("text", { x: margin.left - 7, y: toY(tick) + 4, "text-anchor": "end" }, text));
  }
  const middle = margin.top + down / 2;
  root.append(shape("text", { class: "label", x: margin.left + across / 2, y: height - 6, "text-anchor": "middle" }, x.label));
  root.append(shape("text", { class: "label", x: 12, y: middle, "text-anchor": "middle", transform: `rotate(-90 12 ${middle})` }, y.label));
  root.append(shape("text", { class: "note", x: margin.left + across, y: 11, "text-anchor": "end" }, mark));
  put(container, root);
  return { root, x: toX, y: toY };
}

function line(points) {
  return points.map(([x, y], number) => `${number ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

// A marker's outline around a place.
function marker(kind, x, y, size = 5) {
  if (kind === "circle") return `M${x - size} ${y}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0Z`;
  if (kind === "square") return `M${x - size} ${y - size}h${2 * size}v${2 * size}h${-2 * size}Z`;
  if (kind === "diamond") return `M${x} ${y - size * 1.3}L${x + size * 1.3} ${y}L${x} ${y + size * 1.3}L${x - size * 1.3} ${y}Z`;
  if (kind === "triangle") return `M${x} ${y - size * 1.2}L${x + size * 1.2} ${y + size}L${x - size * 1.2} ${y + size}Z`;
  if (kind === "drop") return `M${x} ${y + size * 1.2}L${x + size * 1.2} ${y - size}L${x - size * 1.2} ${y - size}Z`;
  return `M${x - size} ${y - 1.6}H${x - 1.6}V${y - size}H${x + 1.6}V${y - 1.6}H${x + size}V${y + 1.6}H${x + 1.6}V${y + size}H${x - 1.6}V${y + 1.6}H${x - size}Z`;
}
const MARKERS = ["circle", "square", "diamond", "triangle", "drop", "plus"];

function icon(kind, style) {
  return shape("svg", { width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true" }, shape("path", { d: marker(kind, 8, 8), ...style }));
}
