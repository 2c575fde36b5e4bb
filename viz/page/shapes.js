// Draws agents and things on a canvas. Sizes are in cells; `side` is the size of a cell in pixels.

const RADIUS = 0.37, MARKED_RADIUS = 0.33, NOSE = 0.47, GAP = 0.07;
const TURNS = { 1: 0, 2: 0.5, 3: 0.75, 4: 0.25 }; // of UP, DOWN, LEFT, RIGHT, clockwise from up
const STEPS = [[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1]]; // rows and columns of STAY, UP, DOWN, LEFT, RIGHT
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif";

function write(pen, text, x, y, size, colour, weight = 600) {
  pen.font = `${weight} ${size}px ${FONT}`;
  pen.fillStyle = css(colour);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(text, x, y + size * 0.04);
}

// An agent: a disc with a nose towards its last move, a ring around it if it is marked.
function drawAgent(pen, x, y, side, appearance) {
  const { colour, marked, move, number, theme, opacity = 1 } = appearance;
  const radius = side * (marked ? MARKED_RADIUS : RADIUS);
  pen.save();
  pen.globalAlpha = opacity;
  if (marked) {
    pen.fillStyle = css(colour, 0.26);
    disc(pen, x, y, side * 0.5);
    pen.strokeStyle = css(colour);
    pen.lineWidth = Math.max(1.5, side * 0.05);
    circle(pen, x, y, side * 0.43);
    pen.stroke();
  }
  pen.shadowColor = `rgb(0 0 0 / ${theme.shadow})`;
  pen.shadowBlur = side * 0.14 * devicePixelRatio;
  pen.shadowOffsetY = side * 0.05 * devicePixelRatio;
  pen.fillStyle = css(colour);
  outlineAgent(pen, x, y, side, radius, move);
  pen.fill();
  pen.shadowColor = "transparent";
  pen.strokeStyle = css(mixed(colour, [0, 0, 0], 0.25));
  pen.lineWidth = Math.max(1, side * 0.025);
  pen.stroke();
  if (move > 4) drawSpark(pen, x - side * 0.3, y - side * 0.3, side * 0.16, theme);
  if (number !== null && side >= 14) {
    const text = String(number);
    const share = [0.4, 0.37, 0.3, 0.24][Math.min(text.length, 4) - 1];
    write(pen, text, x, y, Math.max(8, side * share), inkOn(colour));
  }
  pen.restore();
}

function circle(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
}

function disc(pen, x, y, radius) {
  circle(pen, x, y, radius);
  pen.fill();
}

function outlineAgent(pen, x, y, side, radius, move) {
  pen.beginPath();
  if (!(move in TURNS)) {
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    return;
  }
  const ahead = (TURNS[move] - 0.25) * 2 * Math.PI, spread = 0.78;
  pen.arc(x, y, radius, ahead + spread, ahead - spread + 2 * Math.PI);
  pen.lineTo(x + Math.cos(ahead) * side * NOSE, y + Math.sin(ahead) * side * NOSE);
  pen.closePath();
}

function drawSpark(pen, x, y, radius, theme) { // for a scenario's own move
  star(pen, x, y, 4, radius, radius * 0.3);
  pen.fillStyle = css(theme.accent);
  pen.fill();
  pen.strokeStyle = css(mixed(theme.floor, [0, 0, 0], 0.4));
  pen.lineWidth = 1;
  pen.stroke();
}

function star(pen, x, y, tips, radius, inner) {
  pen.beginPath();
  for (let i = 0; i < 2 * tips; i += 1) {
    const angle = (i / (2 * tips) - 0.25) * 2 * Math.PI, reach = i % 2 ? inner : radius;
    pen.lineTo(x + Math.cos(angle) * reach, y + Math.sin(angle) * reach);
  }
  pen.closePath();
}

function regular(pen, x, y, corners, radius) {
  pen.beginPath();
  for (let i = 0; i < corners; i += 1) {
    const angle = (i / corners - 0.25) * 2 * Math.PI;
    pen.lineTo(x + Math.cos(angle) * radius, y + Math.sin(angle) * radius);
  }
  pen.closePath();
}

const HOUSE = [[0, -0.42], [0.41, -0.06], [0.33, -0.06], [0.33, 0.38], [-0.33, 0.38], [-0.33, -0.06], [-0.41, -0.06]];

// The outline of a thing that is not a tile.
function outlineThing(pen, shape, x, y, side) {
  if (shape === "round") circle(pen, x, y, side * 0.38);
  else if (shape === "diamond") regular(pen, x, y, 4, side * 0.48);
  else if (shape === "hexagon") regular(pen, x, y, 6, side * 0.43);
  else if (shape === "star") star(pen, x, y, 5, side * 0.48, side * 0.31);
  else {
    pen.beginPath();
    for (const [right, down] of HOUSE) pen.lineTo(x + right * side, y + down * side);
    pen.closePath();
  }
}

function drawThing(pen, shape, x, y, side, colour, symbol, theme) {
  pen.save();
  pen.shadowColor = `rgb(0 0 0 / ${theme.shadow})`;
  pen.shadowBlur = side * 0.14 * devicePixelRatio;
  pen.shadowOffsetY = side * 0.05 * devicePixelRatio;
  pen.fillStyle = css(colour);
  pen.lineJoin = "round";
  outlineThing(pen, shape, x, y, side);
  pen.fill();
  pen.shadowColor = "transparent";
  pen.strokeStyle = css(mixed(colour, [0, 0, 0], 0.25));
  pen.lineWidth = Math.max(1, side * 0.03);
  pen.stroke();
  if (side >= 14) write(pen, symbol, x, y, Math.max(8, side * 0.34), inkOn(colour));
  pen.restore();
}

// Two chevrons, one behind the other, that point in the direction of a push.
function drawChevrons(pen, x, y, side, way, colour) {
  pen.save();
  pen.translate(x, y);
  pen.rotate(Math.atan2(way[1], -way[0]));
  pen.strokeStyle = css(colour);
  pen.lineWidth = Math.max(1.5, side * 0.09);
  pen.lineCap = pen.lineJoin = "round";
  for (const [offset, opacity] of [[0.16, 0.9], [-0.08, 0.45]]) {
    pen.globalAlpha = opacity;
    pen.beginPath();
    pen.moveTo(-side * 0.22, side * (0.12 - offset));
    pen.lineTo(0, side * (-0.08 - offset));
    pen.lineTo(side * 0.22, side * (0.12 - offset));
    pen.stroke();
  }
  pen.restore();
}

// A sample of a kind, for the legend.
function drawSample(pen, side, code, painter, playback) {
  const [symbol, , , shape] = playback.setting.kinds[code], colour = painter.palette[code], middle = side / 2;
  const { firstAgent } = playback.setting, { theme } = painter;
  if (code >= firstAgent) {
    drawAgent(pen, middle, middle, side, { colour, marked: code > firstAgent, move: 1, number: null, theme });
  } else if (shape !== "tile") drawThing(pen, shape, middle, middle, side, colour, symbol, theme);
  else {
    pen.fillStyle = css(mixed(colour, [0, 0, 0], 0.22));
    pen.beginPath();
    pen.roundRect(1, 1, side - 2, side - 2, 4);
    pen.fill();
    pen.fillStyle = css(colour);
    pen.beginPath();
    pen.roundRect(2, 2, side - 4, side - 4, 3);
    pen.fill();
    if (code > WALL) write(pen, symbol, middle, middle, side * 0.45, inkOn(colour));
  }
}
