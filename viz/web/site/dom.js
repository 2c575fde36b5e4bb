// Addresses of the pages: "#/runs?team=…"; links to them, and the search parts of the address.

const PAGES = { board: "Leaderboard", runs: "Runs", search: "Messages" };

function here() {
  const [path, query] = location.hash.slice(2).split("?");
  return { path: path.split("/").map(decodeURIComponent), query: new URLSearchParams(query ?? "") };
}

function address(path, query = {}) {
  const kept = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const text = new URLSearchParams(kept).toString();
  return `#/${path}${text ? `?${text}` : ""}`;
}

const link = (text, path, query = {}, properties = {}) => make("a", { href: address(path, query), ...properties }, String(text));

const percent = (share) => (share === null || share === undefined ? "–" : `${(100 * share).toFixed(share && share < 0.1 ? 1 : 0)}%`);

const dollars = (cost) => (cost === null || cost === undefined ? "–" : `$${cost.toFixed(cost < 1 ? 4 : 2)}`);

// A mean with its interval on a scale that the rows of a table share.
function intervalPicture(mean, low, high, [least, most]) {
  const wide = 130, x = (value) => 4 + ((value - least) / (most - least || 1)) * (wide - 8);
  const picture = document.createElementNS(SVG, "svg");
  const part = (name, values) => {
    const one = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(values)) one.setAttribute(key, value);
    picture.append(one);
  };
  picture.setAttribute("class", "interval");
  picture.setAttribute("viewBox", `0 0 ${wide} 16`);
  picture.setAttribute("aria-hidden", "true");
  part("line", { class: "axis", x1: 2, x2: wide - 2, y1: 8, y2: 8 });
  if (low !== null && high !== null) part("line", { x1: x(low), x2: x(high), y1: 8, y2: 8 });
  part("circle", { cx: x(mean), cy: 8, r: 3.5 });
  return picture;
}
