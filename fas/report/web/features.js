// t-SNE of the chosen run's features, and the figures that only its method draws.

function drawFeatures({ table, view, row }) {
  const container = byId("tsne");
  put(byId("tsne-legend"));
  const tsne = row.tsne ?? {};
  if (row.reason || tsne.reason) put(container, reason(row.reason || tsne.reason));
  else if (!tsne.layer) put(container, reason(`${row.run.split("/")[0]} names no layer.`));
  else drawPlaces(container, table, row, tsne);
  drawOwn(table, view);
}

function drawPlaces(container, table, row, tsne) {
  const nothing = (label) => ({ place: (value) => 0.03 + 0.94 * value, label, ticks: [] });
  const height = Math.min(560, Math.max(300, container.clientWidth * 0.85));
  const margin = { top: 18, right: 6, bottom: 24, left: 6 };
  const plot = frame(container, { height, x: nothing(tsne.layer), y: nothing(""), margin, mark: table.mark, name: `t-SNE of ${tsne.layer}` });
  const box = { x: plot.x(-0.03), y: plot.y(1.03), width: plot.x(1.03) - plot.x(-0.03), height: plot.y(-0.03) - plot.y(1.03), fill: "none" };
  plot.root.append(shape("rect", { class: "grid", ...box }));
  const colours = classColours(tsne.classes);
  const scores = new Map(tsne.clip.includes(-1) && !row.scores.length ? [] : scoredClips(chosen().view, row).map(({ clip, score }) => [clip.number, score]));
  tsne.x.forEach((x, number) => {
    const [kind, dataset] = [tsne.classes[tsne.class[number]], tsne.datasets[tsne.dataset[number]]];
    const clip = CLIPS[tsne.clip[number]];
    const place = marker(MARKERS[tsne.dataset[number] % MARKERS.length], plot.x(x), plot.y(tsne.y[number]), 4);
    const text = clip ? `${clip.name}\nscore ${scoreText(scores.get(clip.number) ?? null)}` : "";
    plot.root.append(tells(shape("path", { d: place, fill: colours[kind], opacity: 0.8 }), `${kind}, ${dataset}\n${text}`.trim()));
  });
  const count = (list, wanted) => list.filter((one) => one === wanted).length;
  const classes = tsne.classes.map((kind, number) => element("span", { class: "item" }, icon("circle", { fill: colours[kind] }), `${kind} (${count(tsne.class, number)})`));
  const datasets = tsne.datasets.map((name, number) =>
    element("span", { class: "item" }, icon(MARKERS[number % MARKERS.length], { fill: "var(--soft)" }), `${name} (${count(tsne.dataset, number)})`),
  );
  put(byId("tsne-legend"), ...classes, element("span", { class: "break" }), ...datasets);
}

function classColours(classes) {
  const attacks = [1, 0, 3, 4, 5, 6].map((number) => `var(--c${number})`);
  return Object.fromEntries(classes.map((kind, number) => [kind, kind === "live" ? "var(--live)" : attacks[(number - (classes[0] === "live")) % attacks.length]]));
}

function drawOwn(table, view) {
  const figures = view.own.map(({ heading, file, picture }) => {
    const head = element("h3", {}, `${heading} `, table.mark ? element("span", { class: "mark" }, table.mark) : null);
    const shown = picture ? element("img", { src: picture, alt: `${heading}, ${view.protocol}` }) : reason(`figures/${file} is not in this page (report.embedded).`);
    return element("div", {}, head, shown);
  });
  put(byId("own"), element("div", { class: "own" }, ...figures));
}
