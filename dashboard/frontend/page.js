// a chart is as wide as the screen was: on paper it is drawn smaller, else its newest part is cut off
const charts = () => document.querySelectorAll(".main-svg");
addEventListener("beforeprint", () => {
  for (const each of charts()) {
    const size = ["width", "height"].map((name) => each.getAttribute(name));
    each.setAttribute("viewBox", `0 0 ${size.join(" ")}`);
  }
});
addEventListener("afterprint", () => {
  for (const each of charts()) each.removeAttribute("viewBox");
});
