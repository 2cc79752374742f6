// What the judges see of a page: each gives a list of sentences about what is wrong.
window.judges = {
  // Of the page as it was sent: what a script draws with later is another matter.
  inline: (sent) => {
    const page = new DOMParser().parseFromString(sent, "text/html");
    return [
      ...[...page.querySelectorAll("script:not([src])")].map(() => "a script within the page"),
      ...[...page.querySelectorAll("style, [style]")].map((each) => `a style within <${each.tagName.toLowerCase()}>`),
      ...[...page.querySelectorAll("*")].flatMap((each) => [...each.attributes]
        .filter((attribute) => attribute.name.startsWith("on"))
        .map((attribute) => `${attribute.name} within <${each.tagName.toLowerCase()}>`)),
    ];
  },

  bytes: () => performance.getEntriesByType("navigation")
    .concat(performance.getEntriesByType("resource"))
    .reduce((sum, each) => sum + each.encodedBodySize, 0),

  accessibility: async (rules) => {
    const found = await axe.run(document, { runOnly: rules, resultTypes: ["violations"], preload: { assets: ["media"] } });
    const places = (each) => each.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(" | ");
    return found.violations.map((each) => `${each.id}: ${places(each)}`);
  },

  // A link within a sentence may be as high as its line (WCAG 2.5.8).
  smallTargets: ([least, primary]) => {
    const isWithinText = (each) => getComputedStyle(each).display === "inline"
      && each.parentElement.closest("p, li, dd, td, th, caption, figcaption");
    const isTick = (each) => each.matches("input[type=checkbox], input[type=radio]");
    const tapped = (each) => (isTick(each) && each.closest("label")) || each;
    const said = (each) => `${each.tagName.toLowerCase()} "${(each.innerText || each.name || "").trim().slice(0, 40)}"`;
    return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
      .filter((each) => each.checkVisibility() && !each.matches(".skip") && !isWithinText(each))
      .map((each) => [tapped(each), tapped(each).getBoundingClientRect(), each.matches(".primary") ? primary : least])
      .filter(([, box, height]) => box.height + 0.5 < height || box.width + 0.5 < least)
      .map(([each, box]) => `${said(each)} is ${Math.round(box.width)} by ${Math.round(box.height)} px`);
  },

  // A table may scroll within its own frame (WCAG 1.4.10).
  overTheEdge: (size) => {
    document.documentElement.style.fontSize = size;
    const edge = document.documentElement.clientWidth;
    const width = document.documentElement.scrollWidth;
    const wide = [...document.querySelectorAll("body *")]
      .filter((each) => each.getBoundingClientRect().right > edge + 1 && !each.parentElement.closest(".scroll"))
      .map((each) => `<${each.tagName.toLowerCase()} class="${each.getAttribute("class") || ""}">`
        + ` "${each.textContent.trim().slice(0, 30)}"`);
    document.documentElement.style.fontSize = "";
    return width > edge ? [`${width} px wide: ${wide.slice(-3).join(", ")}`] : [];
  },
};
