// Helpers to build the page. Texts only become text nodes: no text is parsed as markup.

const byId = (id) => document.getElementById(id);

// An element with properties ("class", "onclick", "aria-…", "data-…") and children.
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const ICONS = {
  play: "M8 5.5v13l11-6.5z", pause: "M7 5h3.5v14H7zM13.5 5H17v14h-3.5z",
  next: "M7 6v12l8-6zM16 6h2v12h-2z", back: "M17 6v12l-8-6zM6 6h2v12H6z",
  start: "M18 6v12l-8-6zM11 6v12L5 12zM4 6h1.6v12H4z", end: "M6 6v12l8-6zM13 6v12l6-6zM18.4 6H20v12h-1.6z",
  markNext: "M5 11h9l-3.5-3.5L12 6l6 6-6 6-1.5-1.5L14 13H5z", markBack: "M19 11h-9l3.5-3.5L12 6l-6 6 6 6 1.5-1.5L10 13h9z",
  fit: "M4 9V4h5v2H6v3zm11-5h5v5h-2V6h-3zM4 15h2v3h3v2H4zm14 0h2v5h-5v-2h3z",
  theme: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 2v14a7 7 0 0 1 0-14z",
  help: "M11 17h2v2h-2zM12 5a4 4 0 0 0-4 4h2a2 2 0 1 1 3.1 1.7C12 11.500 11 12.300 11 15h2c0-1.600.600-2 1.500-2.700A4 4 0 0 0 12 5z",
  close: "m6.400 5 5.600 5.600L17.600 5 19 6.400 13.400 12l5.600 5.600-1.400 1.400-5.600-5.600L6.400 19 5 17.600l5.600-5.600L5 6.400z",
};
const SVG = "http://www.w3.org/2000/svg";

function icon(name) {
  const picture = document.createElementNS(SVG, "svg"), path = document.createElementNS(SVG, "path");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  picture.append(path);
  return picture;
}

function iconButton(name, label, key, onclick) {
  const title = key ? `${label} (${key})` : label;
  return make("button", { class: "icon", type: "button", title, "aria-label": label, onclick }, icon(name));
}

// A canvas in the resolution of the screen; `draw(pen, width, height)` redraws it.
class Picture {
  constructor(canvas, draw) {
    Object.assign(this, { canvas, draw, pen: canvas.getContext("2d") });
  }

  update() {
    const { clientWidth: width, clientHeight: height } = this.canvas, ratio = devicePixelRatio;
    if (!width || !height) return;
    const size = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== size[0] || this.canvas.height !== size[1]) [this.canvas.width, this.canvas.height] = size;
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.pen.clearRect(0, 0, width, height);
    this.draw(this.pen, width, height);
  }
}

// A cached drawing: drawn once for each key and size, then copied.
class Still {
  constructor(draw) {
    Object.assign(this, { draw, canvas: document.createElement("canvas"), key: "" });
  }

  paint(pen, width, height) {
    const ratio = devicePixelRatio, key = [width, height, ratio, document.body.dataset.theme].join();
    if (key !== this.key) {
      this.key = key;
      [this.canvas.width, this.canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
      const brush = this.canvas.getContext("2d");
      brush.scale(ratio, ratio);
      this.draw(brush, width, height);
    }
    pen.drawImage(this.canvas, 0, 0, this.canvas.width / ratio, this.canvas.height / ratio);
  }
}

const styled = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function number(value, digits = 3) { // rounded to a few digits
  if (value === null || value === undefined) return "–";
  return Number.isInteger(value) ? String(value) : String(Number(value.toFixed(digits)));
}
