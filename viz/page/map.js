// Draws the map of a frame, with agents between the previous frame and this one. `scene` holds:
// {pen, playback, camera, theme, palette, before, now, eased (0 to 1), layers, selected, traces, ratio}.

const FULL = 14, DOTS = 3.5; // smallest cells [pixels] with numbers and letters; with dots
const JUMP = 2; // longest motion in a round that is drawn [cells]; farther things were teleported
const sprites = new Map();

function drawMap(scene) {
  const { pen, camera, theme, ratio, selected } = scene;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = css(theme.ground);
  pen.fillRect(0, 0, camera.width, camera.height);
  scene.detail = camera.cell >= FULL ? "full" : camera.cell >= DOTS ? "dots" : "pixels";
  scene.span = camera.span(scene.playback);
  scene.spots = spotsOf(scene);
  if (scene.detail === "full") drawGround(scene);
  else drawPixels(scene);
  if (scene.layers.only && selected !== null && scene.now.present[selected]) drawChecks(scene, selected);
  if (scene.layers.heat) drawHeat(scene);
  if (scene.layers.trails) drawTrails(scene);
  if (scene.layers.hearing) drawHearing(scene);
  if (scene.detail === "full") drawMovable(scene);
  if (scene.now.points.length) drawParticles(scene);
  else if (scene.detail !== "pixels") drawAgents(scene);
  if (scene.layers.badges && scene.detail === "full") drawBadges(scene);
  if (selected !== null && scene.now.present[selected]) drawView(scene, selected);
  if (scene.layers.bubbles && camera.cell >= FULL) drawBubbles(scene);
}

// Row and column of the middle of each agent, between the two frames.
function spotsOf(scene) {
  const { before, now, eased, playback } = scene;
  const spots = new Float32Array(2 * playback.agents);
  for (let a = 0; a < playback.agents; a += 1) {
    const down = now.places[2 * a] - before.places[2 * a], right = now.places[2 * a + 1] - before.places[2 * a + 1];
    const back = Math.max(Math.abs(down), Math.abs(right)) <= JUMP ? 1 - eased : 0;
    spots[2 * a] = now.places[2 * a] - down * back + 0.5;
    spots[2 * a + 1] = now.places[2 * a + 1] - right * back + 0.5;
    if (now.points.length) [0, 1].forEach((axis) => { spots[2 * a + axis] = pointOf(scene, a, axis); });
  }
  return spots;
}

// Row (axis 0) or column of an agent in continuous space; a torus wraps around.
function pointOf(scene, a, axis) {
  const { before, now, eased, playback } = scene, side = axis ? playback.width : playback.height;
  const to = now.points[3 * a + axis] / 1000, from = before.points[3 * a + axis] / 1000, wraps = playback.setting.space === "torus";
  const way = wraps ? to - from - Math.round((to - from) / side) * side : to - from;
  const at = Math.abs(way) <= JUMP ? to - way * (1 - eased) : to;
  return wraps ? ((at % side) + side) % side : at;
}

// Arrows where agents in continuous space are, as they head.
function drawParticles(scene) {
  const { playback, now, camera, pen } = scene, length = Math.min(Math.max(camera.cell * 0.35, 5), 18);
  for (let a = 0; a < playback.agents; a += 1) {
    const row = scene.spots[2 * a], column = scene.spots[2 * a + 1];
    if (!now.present[a] || !inSight(scene, row, column)) continue;
    const x = camera.x(column), y = camera.y(row), turn = now.points[3 * a + 2] / 64 * 2 * Math.PI;
    const corner = (right, down) => [x + length * (right * Math.cos(turn) - down * Math.sin(turn)),
      y + length * (right * Math.sin(turn) + down * Math.cos(turn))];
    pen.fillStyle = css(colourOf(scene, a));
    pen.beginPath();
    [[0, -0.5], [0.34, 0.5], [0, 0.26], [-0.34, 0.5]].forEach((at) => pen.lineTo(...corner(...at)));
    pen.closePath();
    pen.fill();
  }
}

function inSight(scene, row, column) {
  const { span } = scene;
  return row >= span.top - 1 && row <= span.bottom + 1 && column >= span.left - 1 && column <= span.right + 1;
}

// Floor, grid lines, walls and fixed things, in full detail.
function drawGround(scene) {
  const { pen, camera, theme, playback, span } = scene;
  const left = camera.x(0), top = camera.y(0), width = playback.width * camera.cell, height = playback.height * camera.cell;
  pen.fillStyle = css(theme.floor);
  pen.fillRect(left, top, width, height);
  drawLayers(scene);
  pen.fillStyle = css(theme.line);
  for (let column = span.left; column <= span.right; column += 1) pen.fillRect(snap(scene, camera.x(column)), top, 1, height);
  for (let row = span.top; row <= span.bottom; row += 1) pen.fillRect(left, snap(scene, camera.y(row)), width, 1);
  drawWalls(scene);
  for (let code = WALL + 1; code < playback.setting.firstMovable; code += 1) drawKind(scene, code, [0, 0]);
}

// What lies on the floor, below what stands there.
function drawLayers(scene) {
  const { pen, camera, playback, span, now, theme } = scene;
  if (!now.floor.length) return;
  const shades = shadesOf(playback.setting, theme);
  for (let row = span.top; row < span.bottom; row += 1) {
    for (let column = span.left; column < span.right; column += 1) {
      const at = row * playback.width + column;
      if (!now.floor[at] || now.cells[at] === WALL) continue;
      pen.fillStyle = css(shades[now.floor[at] - 1]);
      const x = snap(scene, camera.x(column)), y = snap(scene, camera.y(row));
      pen.fillRect(x, y, snap(scene, camera.x(column + 1)) - x, snap(scene, camera.y(row + 1)) - y);
    }
  }
}

const snap = (scene, value) => Math.round(value * scene.ratio) / scene.ratio;

function* cellsOf(scene, code) {
  const { span, playback, now } = scene;
  for (let row = span.top; row < span.bottom; row += 1) {
    for (let column = span.left; column < span.right; column += 1) {
      if (now.cells[row * playback.width + column] === code) yield [row, column];
    }
  }
}

function drawWalls(scene) {
  const { pen, camera, theme } = scene;
  const side = camera.cell, deep = Math.max(2, side * 0.14);
  const is = (row, column) => codeAt(scene, row, column, WALL) === WALL;
  for (const [row, column] of cellsOf(scene, WALL)) { // a soft shadow on the floor below
    if (is(row + 1, column)) continue;
    const y = camera.y(row + 1), shade = pen.createLinearGradient(0, y, 0, y + deep);
    shade.addColorStop(0, `rgb(0 0 0 / ${theme.shadow * 0.5})`);
    shade.addColorStop(1, "rgb(0 0 0 / 0)");
    pen.fillStyle = shade;
    pen.fillRect(camera.x(column), y, side, deep);
  }
  pen.fillStyle = css(mixed(scene.palette[WALL], [0, 0, 0], 0.22));
  tiles(scene, WALL, 0, 0, [0, 0], is);
  pen.fillStyle = css(scene.palette[WALL]);
  tiles(scene, WALL, 0, Math.max(1, side * 0.035), [0, 0], is);
}

function codeAt(scene, row, column, outside = -1) {
  const { playback, now } = scene;
  const there = row >= 0 && column >= 0 && row < playback.height && column < playback.width;
  return there ? now.cells[row * playback.width + column] : outside;
}

// Fill the joined cells of one kind, inset by `gap` cells and `border` pixels where they are not joined.
function tiles(scene, code, gap, border, offset, is) {
  const { pen, camera } = scene;
  const side = camera.cell, inset = side * gap + border, round = Math.max(0, side * 0.16 - border);
  pen.beginPath();
  for (const [row, column] of cellsOf(scene, code)) {
    const [left, up, right, down] = [
      is(row, column - 1), is(row - 1, column), is(row, column + 1), is(row + 1, column),
    ];
    const x0 = snap(scene, camera.x(column + offset[1])) + (left ? 0 : inset);
    const y0 = snap(scene, camera.y(row + offset[0])) + (up ? 0 : inset);
    const x1 = snap(scene, camera.x(column + 1 + offset[1])) - (right ? 0 : inset);
    const y1 = snap(scene, camera.y(row + 1 + offset[0])) - (down ? 0 : inset);
    const corners = [left || up, up || right, right || down, down || left].map((joined) => (joined ? 0 : round));
    pen.roundRect(x0, y0, x1 - x0, y1 - y0, corners);
  }
  pen.fill();
}

// All visible things of a kind, shifted by rows and columns.
function drawKind(scene, code, offset) {
  const { camera, playback, palette, theme, pen } = scene;
  const [symbol, , , shape] = playback.setting.kinds[code];
  const colour = palette[code], side = camera.cell;
  if (shape !== "tile") {
    for (const [row, column] of cellsOf(scene, code)) {
      stamp(scene, `${shape} ${symbol} ${colour}`, row + 0.5 + offset[0], column + 0.5 + offset[1], (brush, at) =>
        drawThing(brush, shape, at, at, side, colour, symbol, theme));
    }
    return;
  }
  const is = (row, column) => codeAt(scene, row, column) === code;
  pen.fillStyle = css(mixed(colour, [0, 0, 0], 0.22));
  tiles(scene, code, GAP, 0, offset, is);
  pen.fillStyle = css(colour);
  tiles(scene, code, GAP, Math.max(1, side * 0.035), offset, is);
  for (const part of connectedParts([...cellsOf(scene, code)])) {
    const [row, column] = middleOf(part);
    write(pen, symbol, camera.x(column + 0.5 + offset[1]), camera.y(row + 0.5 + offset[0]), Math.max(8, side * 0.34), inkOn(colour));
  }
}

// Splits cells into 4-connected parts.
function connectedParts(cells) {
  const left = new Map(cells.map((cell) => [cell.join(), cell]));
  const found = [];
  while (left.size) {
    const [key, cell] = left.entries().next().value;
    left.delete(key);
    const part = [cell];
    for (const [row, column] of part) { // grows during the loop
      for (const near of [[row - 1, column], [row + 1, column], [row, column - 1], [row, column + 1]]) {
        if (left.delete(near.join())) part.push(near);
      }
    }
    found.push(part);
  }
  return found;
}

function middleOf(part) { // the cell of a part that is nearest to its middle
  const mean = [0, 1].map((axis) => part.reduce((sum, cell) => sum + cell[axis], 0) / part.length);
  const away = (cell) => Math.abs(cell[0] - mean[0]) + Math.abs(cell[1] - mean[1]);
  return part.reduce((best, cell) => (away(cell) < away(best) ? cell : best));
}

// What can be pushed, between two rounds, with chevrons in the cells that it has left.
function drawMovable(scene) {
  const { playback, before, now, eased, theme, pen, camera } = scene;
  for (let code = playback.setting.firstMovable; code < playback.setting.firstAgent; code += 1) {
    const way = wayOf(before.cells, now.cells, code, playback.width);
    const offset = way.map((step) => -step * (1 - eased) + 0);
    if (scene.layers.pushes && (way[0] || way[1])) {
      for (const [row, column] of cellsLeft(scene, code)) {
        drawChevrons(pen, camera.x(column + 0.5), camera.y(row + 0.5), camera.cell, way, theme.pushed);
      }
    }
    drawKind(scene, code, offset);
  }
}

function* cellsLeft(scene, code) {
  const { span, playback, before, now } = scene;
  for (let row = span.top; row < span.bottom; row += 1) {
    for (let column = span.left; column < span.right; column += 1) {
      const at = row * playback.width + column;
      if (before.cells[at] === code && now.cells[at] === FREE) yield [row, column];
    }
  }
}

// Rows and columns by which all things of a kind were pushed together; [0, 0] if they were not.
function wayOf(before, now, code, width) {
  if (before === now) return [0, 0];
  const there = [], here = [];
  for (let at = 0; at < now.length; at += 1) {
    if (before[at] === code) there.push(at);
    if (now[at] === code) here.push(at);
  }
  if (!here.length || here.length !== there.length) return [0, 0];
  const split = (at) => [Math.floor(at / width), at % width];
  const [a, b] = [split(there[0]), split(here[0])];
  const way = [b[0] - a[0], b[1] - a[1]];
  const asOne = here.every((at, i) => at - there[i] === here[0] - there[0]);
  return asOne && Math.abs(way[0]) + Math.abs(way[1]) <= JUMP ? way : [0, 0];
}

function drawAgents(scene) {
  const { playback, before, now, eased, layers } = scene;
  if (scene.detail === "full" && layers.pushes) drawPushed(scene);
  for (let a = 0; a < playback.agents; a += 1) {
    const row = scene.spots[2 * a], column = scene.spots[2 * a + 1];
    const leaves = before.present[a] && !now.present[a] && eased < 1;
    if ((!now.present[a] && !leaves) || !inSight(scene, row, column)) continue;
    if (scene.detail === "full") drawOne(scene, a, row, column, layers.numbers, leaves ? 1 - eased : 1);
    else if (!leaves) drawDot(scene, a, row, column);
  }
}

function colourOf(scene, agent) {
  const { playback, now, palette } = scene;
  return palette[Math.min(playback.setting.firstAgent + now.marks[agent], palette.length - 1)];
}

function drawOne(scene, agent, row, column, numbered, opacity) {
  const { camera, theme, now, pen } = scene;
  const colour = colourOf(scene, agent), marked = now.marks[agent] > 0, move = Math.max(0, now.moves[agent]);
  const appearance = { colour, marked, move, number: null, theme };
  pen.globalAlpha = opacity;
  stamp(scene, `agent ${colour} ${marked} ${move}`, row, column, (brush, at) =>
    drawAgent(brush, at, at, camera.cell, appearance));
  if (numbered) {
    const text = String(agent), share = [0.4, 0.37, 0.3, 0.24][Math.min(text.length, 4) - 1];
    write(pen, text, camera.x(column), camera.y(row), Math.max(8, camera.cell * share), inkOn(colour));
  }
  pen.globalAlpha = 1;
}

function drawDot(scene, agent, row, column) {
  const { camera, pen, now } = scene;
  const x = camera.x(column), y = camera.y(row), side = camera.cell;
  pen.fillStyle = css(colourOf(scene, agent));
  if (now.marks[agent]) pen.fillRect(x - side * 0.46, y - side * 0.46, side * 0.92, side * 0.92);
  else disc(pen, x, y, side * 0.42);
}

function drawPushed(scene) { // chevrons behind agents that ended elsewhere than their own move leads
  const { playback, before, now, camera, pen, theme } = scene;
  if (before === now) return;
  for (let a = 0; a < playback.agents; a += 1) {
    const way = [0, 1].map((axis) => now.places[2 * a + axis] - before.places[2 * a + axis]);
    const own = STEPS[now.moves[a]] ?? STEPS[0];
    const far = Math.max(Math.abs(way[0]), Math.abs(way[1]));
    if (!now.present[a] || !far || far > JUMP || (way[0] === own[0] && way[1] === own[1])) continue;
    const [row, column] = [before.places[2 * a], before.places[2 * a + 1]];
    if (codeAt(scene, row, column) === FREE) {
      drawChevrons(pen, camera.x(column + 0.5), camera.y(row + 0.5), camera.cell, way, theme.pushed);
    }
  }
}

// Copy a sprite that is drawn once for each appearance and size.
function stamp(scene, key, row, column, draw) {
  const { camera, ratio, theme, pen } = scene;
  const full = `${key} ${camera.cell} ${ratio} ${theme.name}`, size = camera.cell * 1.4;
  let picture = sprites.get(full);
  if (!picture) {
    picture = document.createElement("canvas");
    picture.width = picture.height = Math.ceil(size * ratio);
    const brush = picture.getContext("2d");
    brush.scale(ratio, ratio);
    draw(brush, size / 2);
    if (sprites.size > 400) sprites.clear();
    sprites.set(full, picture);
  }
  const x = snap(scene, camera.x(column) - size / 2), y = snap(scene, camera.y(row) - size / 2);
  pen.drawImage(picture, x, y, picture.width / ratio, picture.height / ratio);
}

// Cells too small for shapes: each a square of its colour.
function drawPixels(scene) {
  const { pen, playback, camera, now, palette, detail } = scene;
  const picture = document.createElement("canvas");
  picture.width = playback.width;
  picture.height = playback.height;
  const brush = picture.getContext("2d"), image = brush.createImageData(playback.width, playback.height);
  const colours = palette.map((colour, code) =>
    ((detail === "dots" || now.points.length) && code >= playback.setting.firstAgent ? palette[FREE] : colour));
  const shades = shadesOf(playback.setting, scene.theme);
  for (let at = 0; at < now.cells.length; at += 1) {
    const plain = colours[now.cells[at]], lies = now.floor[at] && plain === palette[FREE];
    const colour = lies ? shades[now.floor[at] - 1] : plain;
    image.data.set([colour[0], colour[1], colour[2], 255], 4 * at);
  }
  brush.putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = camera.cell < 1;
  pen.drawImage(picture, camera.x(0), camera.y(0), playback.width * camera.cell, playback.height * camera.cell);
}
