// Wires the page: pickers, tabs, filters, the address; draws everything anew when something is chosen.

function options(select, pairs, value) {
  put(select, ...pairs.map(([key, text]) => element("option", { value: key }, text)));
  select.value = value;
}

function drawPickers({ table, view, row, policy, policies }) {
  options(byId("pick-table"), DATA.tables.map((one) => [one.id, one.mark ? `${one.title} (${one.mark})` : one.title]), table.id);
  options(byId("pick-protocol"), table.views.map((one) => [one.protocol, one.protocol]), view.protocol);
  options(byId("pick-row"), view.rows.map((one) => [one.label, one.label]), row.label);
  options(byId("pick-policy"), policies.map((name) => [name, DATA.policies[name].name]), policy);
  byId("pick-policy").disabled = !policies.length;
  for (const button of document.querySelectorAll("[data-axis]")) button.setAttribute("aria-pressed", String(button.dataset.axis === asked.axis));
  const classes = DATA.clips.classes.map((kind) => [kind, kind]);
  if (!byId("filter-class").options.length) options(byId("filter-class"), [["", "all"], ...classes], "");
}

function drawHeads({ table, view, row }) {
  const seed = table.seeds.length > 1 ? `, seed ${table.seeds[0]} of ${table.seeds.length}` : "";
  for (const mark of document.querySelectorAll("[data-mark]")) mark.textContent = table.mark;
  for (const where of document.querySelectorAll("[data-where]")) {
    where.textContent = where.dataset.where === "row" ? `${row.label}, ${view.protocol}${seed}` : `All methods of the table, test clips of ${view.protocol}${seed}`;
  }
}

function render() {
  const now = chosen();
  drawPickers(now);
  drawHeads(now);
  drawTables(now);
  drawCurves(now);
  drawOperating(now);
  drawScores(now);
  drawClips(now);
  drawFeatures(now);
  drawTraining(now);
}

function goTo(place) {
  const section = byId(place);
  if (!section) return;
  section.scrollIntoView();
  section.focus({ preventScroll: true });
}

function wireChoices() {
  for (const [id, name] of [["pick-table", "table"], ["pick-protocol", "protocol"], ["pick-row", "row"], ["pick-policy", "policy"]]) {
    byId(id).addEventListener("change", (event) => choose({ [name]: event.target.value, ...(name === "table" ? { sort: "" } : {}) }));
  }
  byId("pickers").addEventListener("submit", (event) => event.preventDefault());
  byId("clip-filter").addEventListener("submit", (event) => event.preventDefault());
  for (const button of document.querySelectorAll("[data-axis]")) button.addEventListener("click", () => choose({ axis: button.dataset.axis }));
  byId("clip-filter").addEventListener("input", () => {
    listing.page = 0;
    drawClips(chosen());
  });
}

// The arrow keys move between the tabs, as everywhere.
function wireTabs() {
  for (const name of CLIP_TABS) {
    byId(`tab-${name}`).addEventListener("click", () => choose({ clips: name }));
    byId(`tab-${name}`).addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const ends = { Home: CLIP_TABS[0], End: CLIP_TABS[CLIP_TABS.length - 1] };
      const next = step ? CLIP_TABS[(CLIP_TABS.indexOf(name) + step + CLIP_TABS.length) % CLIP_TABS.length] : ends[event.key];
      if (!next) return;
      event.preventDefault();
      choose({ clips: next });
      byId(`tab-${next}`).focus();
    });
  }
}

function wirePlaces() {
  const links = [...document.querySelectorAll('a[href^="#at="]')];
  for (const link of links) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      asked.at = link.hash.slice("#at=".length);
      writeAddress();
      goTo(asked.at);
    });
  }
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries.filter((one) => one.isIntersecting)) {
        for (const link of document.querySelectorAll(".places a")) {
          if (link.hash === `#at=${entry.target.id}`) link.setAttribute("aria-current", "true");
          else link.removeAttribute("aria-current");
        }
      }
    },
    { rootMargin: "-25% 0px -70% 0px" },
  );
  document.querySelectorAll("main > section").forEach((section) => seen.observe(section));
}

function start() {
  byId("bar").hidden = false;
  document.querySelectorAll(".drawn").forEach((section) => (section.hidden = false));
  prepareTables();
  wireChoices();
  wireTabs();
  wirePlaces();
  readAddress();
  render();
  if (asked.at) goTo(asked.at);
  window.addEventListener("hashchange", () => {
    readAddress();
    render();
    if (asked.at) goTo(asked.at);
  });
  let width = document.documentElement.clientWidth;
  window.addEventListener("resize", () => {
    if (document.documentElement.clientWidth === width) return;
    width = document.documentElement.clientWidth;
    render();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hideTip());
  document.addEventListener("scroll", hideTip, { passive: true });
}

if (DATA.tables.length) start();
