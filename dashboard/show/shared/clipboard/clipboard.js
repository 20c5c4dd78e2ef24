const SHOWN_MS = 2000;

export default function ({ data, parentElement }) {
  const group = parentElement.querySelector("[role=group]");
  const told = document.createElement("span");
  told.setAttribute("role", "status");
  const title = document.createElement("span");
  title.setAttribute("aria-hidden", "true");
  title.textContent = "Copy";
  group.replaceChildren(title, ...data.map((each) => button(each, told)), told);
}

function button({ label, text }, told) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.onclick = async () => {
    const said = (await copied(text)) ? "Copied" : "Not copied";
    made.style.minWidth = `${made.offsetWidth}px`; // else its neighbours would move
    made.textContent = said;
    told.textContent = `${said}: ${label}`;
    clearTimeout(made.reset);
    made.reset = setTimeout(() => {
      made.textContent = label;
      told.textContent = "";
    }, SHOWN_MS);
  };
  return made;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedFromPage(text); // without https there is no navigator.clipboard
  }
}

function copiedFromPage(text) {
  const focused = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return done;
}
