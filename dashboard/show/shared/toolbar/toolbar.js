const TEXT = ".st-key-lookup-text textarea";
const LOOKUP = "lookup";
const PATIENCE_MS = 15000;
const SETTLED_MS = 1000;
const EVERY_MS = 50;
const YEAR_S = 365 * 86400;
const LENS = `<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"><path fill="none"
  stroke="currentColor" stroke-width="2" stroke-linecap="round" d="M16 16l5 5M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14"/></svg>`;
const HANDS = `<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"><path fill="none"
  stroke="currentColor" stroke-width="2" stroke-linecap="round" d="M12 7v5l3 2M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18"/></svg>`;

// what was last said of the page: the listeners are added once, and act on this
let shown;
let wanted; // when the box is to take the keyboard, and whether it is also to take it from a text

export default function ({ data, parentElement, setTriggerValue }) {
  const came = data.page !== shown?.page;
  const ordered = data.go && data.run !== shown?.run;
  if (!shown) {
    document.addEventListener("keydown", pressed);
    document.addEventListener("click", clicked);
    for (const each of ["focusin", "pointerdown"]) document.addEventListener(each, turned, true);
  }
  shown = data;
  outOfTheFlow(parentElement.host);
  if (ordered) setTimeout(() => go(new URL(data.go, location.href)), EVERY_MS);
  if (data.page === LOOKUP && came && atRest() && !typing()) focusText(false);
  parentElement.querySelector("[role=group]").replaceChildren(
    lookUp(),
    ...(data.own === "UTC" ? [] : [clock(data, setTriggerValue)]),
  );
}

// nothing is asked that somebody came to read, and no keyboard would cover the page
function atRest() {
  const asked = new URLSearchParams(location.search);
  return !["id", "ids", "list"].some((each) => asked.has(each))
    && !matchMedia("(pointer: coarse)").matches;
}

// somebody was quicker than the page
function typing() {
  return document.activeElement?.matches("input, textarea, summary");
}

// or else the page would begin below an empty line
function outOfTheFlow(host) {
  const holder = host?.closest("[data-testid=stElementContainer]");
  if (holder) Object.assign(holder.style, { position: "absolute", width: "auto" });
}

function lookUp() {
  const keys = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘K" : "Ctrl K";
  const made = button(LENS, "Look up", keys);
  made.title = "Paste an ID, a URL or an error";
  made.setAttribute("aria-keyshortcuts", "Control+K Meta+K");
  made.onclick = toLookup;
  return made;
}

function clock({ clock, zone, own, cookie }, setTriggerValue) {
  const other = clock === "own" ? "UTC" : "own";
  const made = button(HANDS, zone.replaceAll("_", " "));
  made.title = `Times are shown in ${zone}. Show them in ${other === "own" ? own : other}.`;
  made.setAttribute("aria-label", made.title);
  made.onclick = () => {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `${cookie}=${other}; path=/; max-age=${YEAR_S}; samesite=lax${secure}`;
    setTriggerValue("clock", other);
  };
  return made;
}

function button(icon, label, keys) {
  const made = document.createElement("button");
  made.type = "button";
  made.innerHTML = icon; // ours, above
  const words = document.createElement("span");
  words.textContent = label;
  made.append(words);
  if (keys) {
    const hint = document.createElement("kbd");
    hint.setAttribute("aria-hidden", "true");
    hint.textContent = keys;
    made.append(hint);
  }
  return made;
}

function pressed(event) {
  const wanted = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  if (wanted && event.key.toLowerCase() === "k") {
    event.preventDefault();
    toLookup();
  }
}

function toLookup() {
  if (shown.page !== LOOKUP) go(new URL(LOOKUP, location.href));
  focusText(true);
}

// As Back and Forward do: Streamlit runs the page of the address.
function go(url) {
  history.pushState({}, "", url);
  dispatchEvent(new PopStateEvent("popstate"));
}

// The box comes with the page, which may be drawn more than once before it stands.
function focusText(always) {
  const running = wanted && Date.now() < wanted.until;
  wanted = { always: always || (running && wanted.always), until: Date.now() + PATIENCE_MS };
  if (!running) look();
}

function look() {
  if (Date.now() >= wanted.until) return;
  const box = shown.page === LOOKUP && document.querySelector(TEXT);
  if (box && document.activeElement !== box && (wanted.always || !box.value)) {
    box.focus({ preventScroll: !wanted.always });
    box.select();
    wanted.until = Math.min(wanted.until, Date.now() + SETTLED_MS);
  }
  setTimeout(look, EVERY_MS);
}

// whoever has turned to something else keeps it
function turned(event) {
  if (wanted && !event.target.matches(TEXT)) wanted.until = 0;
}

function clicked(event) {
  const link = event.composedPath().find((each) => each.tagName === "A" && each.href);
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !plain || link.target !== "_blank" || event.defaultPrevented) return;
  const url = new URL(link.href);
  const [folder, page] = parts(url.pathname);
  const ours = url.origin === location.origin && folder === parts(location.pathname)[0];
  if (ours && shown.pages.includes(page)) {
    event.preventDefault();
    go(url);
  }
}

function parts(path) {
  const place = path.lastIndexOf("/") + 1;
  return [path.slice(0, place), path.slice(place)];
}
