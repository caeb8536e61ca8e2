// The test clips: the worst live ones, the worst attacks, a gallery of all classes, and a list of all of them.

const PAGE = 50;
const listing = { page: 0, column: 0, down: false };

function drawClips(now) {
  const { view, row } = now;
  for (const name of CLIP_TABS) {
    const tab = byId(`tab-${name}`);
    tab.setAttribute("aria-selected", String(asked.clips === name));
    tab.tabIndex = asked.clips === name ? 0 : -1;
  }
  byId("clip-panel").setAttribute("aria-labelledby", `tab-${asked.clips}`);
  byId("clip-filter").hidden = asked.clips !== "all";
  const list = byId("clip-list");
  if (row.reason) return note("") ?? put(list, reason(row.reason));
  const clips = scoredClips(view, row);
  if (asked.clips === "all") return drawAll(clips, now);
  if (asked.clips === "gallery") return drawGallery(clips, now);
  return drawWorst(clips, now);
}

function note(text) {
  byId("clip-note").textContent = text;
}

function drawWorst(clips, now) {
  const live = asked.clips === "live";
  const sign = live ? 1 : -1;
  const worst = clips.filter(({ clip, score }) => clip.live === live && score !== null).sort((one, other) => sign * (one.score - other.score));
  const shown = worst.slice(0, DATA.limits.worst);
  note(live ? `The ${shown.length} live clips with the lowest scores, lowest first.` : `The ${shown.length} attacks with the highest scores, highest first.`);
  put(byId("clip-list"), DATA.limits.faces ? cards(shown, now) : clipTable(shown, now));
}

function drawGallery(clips, now) {
  if (!DATA.limits.faces) {
    note("");
    return put(byId("clip-list"), reason("Pictures of people are left out of this report (report.faces: false)."));
  }
  const byNumber = new Map(clips.map((one) => [one.clip.number, one]));
  const shown = now.view.gallery.map((number) => byNumber.get(number));
  if (!shown.length) return note("") ?? put(byId("clip-list"), reason("No test clip has a face."));
  note("Test clips of each class of each dataset, the first by name.");
  return put(byId("clip-list"), cards(shown, now));
}

function cards(shown, now) {
  return element("ul", { class: "cards" }, ...shown.map((one) => card(one, now)));
}

function card({ clip, score }, now) {
  const head = element(
    "header",
    {},
    element("span", { class: `class ${clip.live ? "live" : "attack"}` }, clip.kind),
    clip.instrument && clip.instrument !== clip.kind ? element("span", { class: "right" }, clip.instrument) : null,
    decision(clip, score, now),
    element("span", { class: "score" }, `score ${scoreText(score)}`),
  );
  return element("li", { class: "card" }, head, element("p", { class: "name" }, `${clip.dataset} · `, ...breakable(clip.name)), strip(clip, now.row));
}

// The pictures of a clip, each below what it is.
function strip(clip, row) {
  const { captions, clips } = DATA.pictures;
  const found = Object.entries(clips[clip.number] ?? {}).map(([head, uri]) => [captions[head], uri]);
  const cues = DATA.cues[row.run];
  if (cues?.clips[clip.number]) found.push([cues.caption, cues.clips[clip.number]]);
  if (!found.length) return element("p", { class: "right" }, DATA.limits.without ? "Not among the pictures in this page." : "No face was found.");
  const pictures = found.map(([text, uri]) => {
    const alt = `${text.replace("\n", ", ")}: ${clip.kind}, ${clip.name}`;
    return element("figure", {}, element("figcaption", {}, text), element("img", { src: uri, alt, width: 92, height: 92 }));
  });
  return element("div", { class: "strip" }, ...pictures);
}

function wrong(clip, score, threshold) {
  return accepted(score, threshold) !== clip.live;
}

function decision(clip, score, { row, policy }) {
  if (!policy) return null;
  const { threshold } = row.policies[policy];
  const text = score === null ? "no score: rejected" : accepted(score, threshold) ? "accepted" : "rejected";
  return element("span", { class: wrong(clip, score, threshold) ? "wrong" : "right" }, wrong(clip, score, threshold) ? `✗ ${text}` : `✓ ${text}`);
}

function drawAll(clips, now) {
  const text = byId("filter-text").value.trim().toLowerCase();
  const kind = byId("filter-class").value;
  const only = byId("filter-wrong").checked && now.policy ? now.row.policies[now.policy].threshold : null;
  const found = clips.filter(
    ({ clip, score }) =>
      (!text || `${clip.dataset}/${clip.name}`.toLowerCase().includes(text)) && (!kind || clip.kind === kind) && (only === null || wrong(clip, score, only)),
  );
  sortClips(found);
  listing.page = Math.max(0, Math.min(listing.page, Math.ceil(found.length / PAGE) - 1));
  const first = listing.page * PAGE;
  const shown = found.slice(first, first + PAGE);
  const unlisted = now.view.test > clips.length ? ` ${clips.length} of ${now.view.test} test clips are in this page (report.listed).` : "";
  note(`${found.length ? `${first + 1} to ${first + shown.length}` : "None"} of ${found.length} clips.${unlisted}`);
  put(byId("clip-list"), clipTable(shown, now, true), pager(found.length));
}

const CLIP_COLUMNS = [
  ["Score", ({ score }) => score ?? -Infinity],
  ["Class", ({ clip }) => clip.kind],
  ["Clip", ({ clip }) => clip.name],
  ["Dataset", ({ clip }) => clip.dataset],
  ["Instrument", ({ clip }) => clip.instrument],
];

function sortClips(clips) {
  const [, value] = CLIP_COLUMNS[listing.column];
  const sign = listing.down ? -1 : 1;
  clips.sort((one, other) => {
    const [left, right] = [value(one), value(other)];
    return left < right ? -sign : left > right ? sign : one.clip.number - other.clip.number;
  });
}

function clipTable(shown, now, sortable = false) {
  const heads = CLIP_COLUMNS.map((_, column) => clipHead(column, sortable));
  if (now.policy) heads.splice(2, 0, element("th", { scope: "col", class: "text" }, `At ${DATA.policies[now.policy].name}`));
  const lines = shown.map(({ clip, score }) =>
    element(
      "tr",
      {},
      element("td", {}, scoreText(score)),
      element("td", { class: "text" }, element("span", { class: `class ${clip.live ? "live" : "attack"}` }, clip.kind)),
      now.policy ? element("td", {}, decision(clip, score, now)) : null,
      element("td", { class: "name text" }, ...breakable(clip.name)),
      element("td", { class: "text" }, clip.dataset),
      element("td", { class: "text" }, clip.instrument),
    ),
  );
  const table = element("table", { class: "clips" }, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...lines));
  return element("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "Clips" }, table);
}

function clipHead(column, sortable) {
  const [name] = CLIP_COLUMNS[column];
  const words = column ? "text" : "";
  if (!sortable) return element("th", { scope: "col", class: words }, name);
  const button = element("button", { type: "button", class: "sort", id: `clips-by-${column}` }, name);
  button.addEventListener("click", () => {
    Object.assign(listing, { down: listing.column === column && !listing.down, column, page: 0 });
    render();
  });
  const order = listing.column !== column ? "none" : listing.down ? "descending" : "ascending";
  return element("th", { scope: "col", class: words, "aria-sort": order }, button);
}

// A path that may break after its slashes and underscores.
function breakable(path) {
  return path.split(/(?<=[/_])/).flatMap((part) => [part, element("wbr")]);
}

function pager(count) {
  const last = Math.ceil(count / PAGE) - 1;
  if (last < 1) return "";
  const turn = (text, id, step, disabled) => {
    const button = element("button", { type: "button", id, disabled }, text);
    button.addEventListener("click", () => {
      listing.page += step;
      render();
    });
    return button;
  };
  const where = element("span", {}, `page ${listing.page + 1} of ${last + 1}`);
  return element("div", { class: "pager" }, turn("Before", "clips-before", -1, listing.page === 0), where, turn("Next", "clips-next", 1, listing.page === last));
}
