// The report: says that a PDF takes a few seconds, and offers the browser's own print. Without it the links work as they are.

const link = document.getElementById("make-pdf");
const making = document.getElementById("making");
const notMade = document.getElementById("not-made");
const print = document.getElementById("print");

function save(file, name) {
  const address = URL.createObjectURL(file);
  const download = Object.assign(document.createElement("a"), { href: address, download: name });
  download.click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

async function make() {
  const answer = await fetch(link.href, { headers: { Accept: "application/pdf" } });
  if (answer.headers.get("Content-Type") !== "application/pdf") throw new Error("no PDF came");
  const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "");
  save(await answer.blob(), name ? name[1] : "report.pdf");
}

link.addEventListener("click", async (event) => {
  event.preventDefault();
  making.hidden = false;
  notMade.hidden = true;
  try {
    await make();
  } catch {
    notMade.hidden = false;
  } finally {
    making.hidden = true;
  }
});
print.hidden = false;
print.addEventListener("click", () => window.print());
