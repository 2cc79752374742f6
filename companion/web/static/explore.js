// The chart that one moves about in. The server sends as many points as fit; another span asks for others.
// Without this file the table by days says the same.

const POINTS = 600;
const NEAREST_S = 6 * 3600;
const LONGEST_S = 366 * 86400;
const LOOKS = {
  sensor: { stroke: "#00396b", band: "#a9cbe8", shape: "▬" },
  finger_stick: { stroke: "#005eb8", fill: "#005eb8", shape: "●" },
  systolic: { stroke: "#9d0b18", fill: "#9d0b18", shape: "●" },
  diastolic: { stroke: "#005eb8", fill: "#ffffff", shape: "○" },
};
const MARKS = { taken: ["✓", "#00603a"], skipped: ["–", "#6b4500"], missed: ["✕", "#9d0b18"] };

const card = document.getElementById("explore");
const place = card.querySelector(".drawn");
const told = document.getElementById("span");
const whole = { from: Number(card.dataset.from), to: Number(card.dataset.to) };
let shown = { ...whole };
let chart = null;
let asked = 0;

const iso = (seconds) => new Date(seconds * 1000).toISOString();
const wordsFor = (name) => card.getAttribute(`data-${name}`);

async function fetchPoints(span) {
  const query = new URLSearchParams({
    metric: card.dataset.metric, from: iso(span.from), to: iso(span.to), points: POINTS,
  });
  const answer = await fetch(`${card.dataset.points}?${query}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

// One table of columns for uPlot: a series is its highest values, and its lowest where they differ.
function tables(found) {
  return found.series.map((one) => [one.at, one.high, one.low]);
}

function seriesOf(found) {
  return found.series.flatMap((one) => {
    const look = LOOKS[one.of];
    const drawn = look.band
      ? { width: 2, points: { show: false } }
      : { paths: () => null, points: { show: true, size: 9, width: 2, fill: look.fill } };
    const high = { label: wordsFor(one.of), stroke: look.stroke, spanGaps: false, ...drawn };
    return [high, { ...high, label: `${wordsFor(one.of)} ↓` }];
  });
}

function bandsOf(found) {
  return found.series.flatMap((one, place) =>
    LOOKS[one.of].band ? [{ series: [1 + 2 * place, 2 + 2 * place], fill: LOOKS[one.of].band }] : [],
  );
}

// The target's limits, and the doses below: drawn by hand, under and over the series.
function painter(found) {
  return {
    hooks: {
      drawClear: [(u) => drawLimits(u, found.limits)],
      draw: [(u) => drawDoses(u, found.doses)],
    },
  };
}

function drawLimits(u, limits) {
  u.ctx.save();
  u.ctx.strokeStyle = "#00603a";
  u.ctx.lineWidth = 2 * devicePixelRatio;
  u.ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const limit of [limits.low, limits.high]) {
    const y = Math.round(u.valToPos(limit, "y", true));
    u.ctx.beginPath();
    u.ctx.moveTo(u.bbox.left, y);
    u.ctx.lineTo(u.bbox.left + u.bbox.width, y);
    u.ctx.stroke();
  }
  u.ctx.restore();
}

function drawDoses(u, doses) {
  u.ctx.save();
  u.ctx.font = `${14 * devicePixelRatio}px system-ui, sans-serif`;
  u.ctx.textAlign = "center";
  for (const dose of doses) {
    const [shape, colour] = MARKS[dose.became];
    u.ctx.fillStyle = colour;
    u.ctx.fillText(shape, u.valToPos(dose.at, "x", true), u.bbox.top + u.bbox.height - 6 * devicePixelRatio);
  }
  u.ctx.restore();
}

function options(found) {
  const at = (seconds, style) =>
    new Intl.DateTimeFormat(card.dataset.language, { timeZone: card.dataset.zone, ...style }).format(seconds * 1000);
  const isLong = shown.to - shown.from > 3 * 86400;
  const style = isLong ? { month: "numeric", day: "numeric" } : { day: "numeric", hour: "2-digit", minute: "2-digit" };
  const values = found.series.flatMap((one) => [...one.low, ...one.high]);
  const limits = [found.limits.low, found.limits.high];
  const [low, high] = [Math.min(...limits, ...values), Math.max(...limits, ...values)];
  const spare = (high - low) * 0.12;
  return {
    width: place.clientWidth,
    height: Math.min(420, Math.max(280, innerHeight * 0.5)),
    legend: { show: false },
    cursor: { drag: { x: true, y: false, setScale: false } },
    scales: { x: { range: [shown.from, shown.to] }, y: { range: [Math.max(0, low - 2 * spare), high + spare] } },
    axes: [
      { font: "15px system-ui", space: 80, values: (_u, marks) => marks.map((mark) => at(mark, style)) },
      { font: "15px system-ui", size: 56 },
    ],
    series: [{}, ...seriesOf(found)],
    bands: bandsOf(found),
    plugins: [painter(found)],
    hooks: { setSelect: [zoom] },
  };
}

function zoom(u) {
  if (u.select.width < 10) return;
  const from = u.posToVal(u.select.left, "x");
  go(from, u.posToVal(u.select.left + u.select.width, "x"));
}

function key(found) {
  const list = card.querySelector(".key");
  const marks = new Set(found.doses.map((dose) => dose.became));
  const lines = [...marks].map((mark) => `${MARKS[mark][0]} ${wordsFor(mark)}`);
  const shapes = found.series.map((one) => `${LOOKS[one.of].shape} ${wordsFor(one.of)} (n ${one.n})`);
  list.replaceChildren(
    ...[...shapes, ...lines].map((words) => Object.assign(document.createElement("li"), { textContent: words })),
  );
}

async function draw() {
  const mine = ++asked;
  let found;
  try {
    found = await fetchPoints(shown);
  } catch {
    if (mine === asked) told.textContent = card.dataset.away;
    return;
  }
  if (mine !== asked) return;
  const day = new Intl.DateTimeFormat(card.dataset.language, { timeZone: card.dataset.zone, dateStyle: "medium" });
  told.textContent = day.formatRange(shown.from * 1000, (shown.to - 1) * 1000);
  chart?.destroy();
  const joined = found.series.length ? uPlot.join(tables(found)) : [[shown.from, shown.to]];
  chart = new uPlot(options(found), joined, place);
  key(found);
}

// Never nearer than a quarter of a day, never wider than the API gives, never past what the page was asked for.
function go(from, to) {
  const length = Math.min(Math.max(to - from, NEAREST_S), LONGEST_S, whole.to - whole.from);
  const middle = (from + to) / 2;
  const start = Math.min(Math.max(middle - length / 2, whole.from), whole.to - length);
  shown = { from: Math.floor(start), to: Math.ceil(start + length) };
  draw();
}

const ACTS = {
  earlier: (length) => go(shown.from - length / 2, shown.to - length / 2),
  later: (length) => go(shown.from + length / 2, shown.to + length / 2),
  nearer: (length) => go(shown.from + length / 4, shown.to - length / 4),
  wider: (length) => go(shown.from - length / 2, shown.to + length / 2),
  all: () => go(whole.from, whole.to),
};

for (const button of card.querySelectorAll("[data-act]")) {
  button.addEventListener("click", () => ACTS[button.dataset.act](shown.to - shown.from));
}
addEventListener("resize", () => chart?.setSize({ width: place.clientWidth, height: chart.height }));
card.hidden = false;
draw();
