const MOST = 10;
const FOLDER = location.pathname.slice(0, location.pathname.lastIndexOf("/") + 1);
const KEY = `dashboard-recent ${FOLDER}`; // several dashboards may share a host

export default function ({ data, parentElement }) {
  if (data.now) note(data.now);
  const seen = read().filter((each) => data.environments.includes(each.env));
  const section = parentElement.querySelector("section");
  const listed = data.listed && seen.length > 0;
  section.hidden = !listed;
  const holder = parentElement.host?.closest("[data-testid=stElementContainer]");
  const hidden = { position: "absolute", width: "auto" }; // or else it leaves an empty line
  if (holder) Object.assign(holder.style, listed ? { position: "", width: "" } : hidden);
  if (listed) section.replaceChildren(heading(), list(seen), clearing(section));
}

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return kept.filter((each) => Array.isArray(each.ids) && typeof each.env === "string");
  } catch {
    return []; // nothing may be kept, or somebody else's text stands there
  }
}

function note(now) {
  const address = href(now);
  const kept = [now, ...read().filter((each) => href(each) !== address)].slice(0, MOST);
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // a browser may keep nothing
  }
}

function href({ ids, env }) {
  const asked = ids.length === 1 ? { id: ids[0], env } : { ids: ids.join(","), env };
  return `lookup?${new URLSearchParams(asked)}`;
}

function heading() {
  const made = document.createElement("h2");
  made.textContent = "Recent look-ups";
  return made;
}

function list(seen) {
  const made = document.createElement("ul");
  made.append(...seen.map(line));
  return made;
}

function line(each) {
  const link = document.createElement("a");
  link.href = href(each);
  link.target = "_blank"; // which the toolbar keeps in this tab
  link.textContent = each.ids.length === 1 ? each.ids[0] : `${each.ids.length} IDs`;
  const made = document.createElement("li");
  made.append(link, ` in ${each.env}`);
  return made;
}

function clearing(section) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = "Clear";
  made.title = "Forget the recent look-ups of this browser";
  made.onclick = () => {
    localStorage.removeItem(KEY);
    section.hidden = true;
  };
  return made;
}
