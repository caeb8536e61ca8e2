// What is chosen. It stands in the address after #, so that a view can be linked.

const DEFAULTS = { table: "", protocol: "", row: "", policy: "", axis: "linear", clips: "live", sort: "", at: "" };
const CLIP_TABS = ["live", "attacks", "gallery", "all"];
const asked = { ...DEFAULTS };

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const name of Object.keys(DEFAULTS)) asked[name] = given.get(name) ?? DEFAULTS[name];
}

function writeAddress() {
  const given = new URLSearchParams(Object.entries(asked).filter(([name, value]) => value !== DEFAULTS[name]));
  history.replaceState(null, "", `#${given}`);
}

// The objects that are chosen; whatever is asked for and not there falls back to the first.
function chosen() {
  const table = DATA.tables.find((one) => one.id === asked.table) ?? DATA.tables[0];
  const view = table.views.find((one) => one.protocol === asked.protocol) ?? table.views[0];
  const row = view.rows.find((one) => one.label === asked.row) ?? view.rows.find((one) => !one.reason) ?? view.rows[0];
  const policies = Object.keys(row.policies ?? {});
  const policy = policies.includes(asked.policy) ? asked.policy : (policies[0] ?? "");
  return { table, view, row, policy, policies };
}

function choose(changes) {
  Object.assign(asked, changes);
  writeAddress();
  render();
}
