// Badges: signs over agents and things, for what decides and is not on the map. As viz/draw/items/badges.py.

const CORNERS = [[-0.36, 0.34], [-0.36, -0.34], [0.36, 0.34], [0.36, -0.34]]; // rows, columns from the middle of a cell

const badgeColour = (number) => TRAILS[number % TRAILS.length];

function signOf(badge, value) {
  if (!badge.signs.length) return value ? String(value) : "";
  return badge.signs.find(([known]) => known === value)?.[1] ?? "";
}

function drawBadges(scene) {
  const { playback, now, camera, spots } = scene, size = Math.min(18, Math.max(9, camera.cell * 0.26));
  playback.setting.badges.forEach((badge, number) => {
    const values = now.badges[number] ?? [], [down, right] = CORNERS[number % CORNERS.length];
    const draw = (sign, row, column) => drawSign(scene.pen, sign, camera.x(column + right), camera.y(row + down), size, badgeColour(number), scene.theme);
    values.forEach((value, i) => {
      const sign = signOf(badge, value);
      if (!sign) return;
      if (badge.kind === null) {
        if (now.present[i] && inSight(scene, spots[2 * i], spots[2 * i + 1])) draw(sign, spots[2 * i], spots[2 * i + 1]);
        return;
      }
      for (const [row, column] of cellsOf(scene, badge.kind + i)) draw(sign, row + 0.5, column + 0.5);
    });
  });
}

function drawSign(pen, sign, x, y, size, colour, theme) {
  pen.font = `600 ${size}px ${FONT}`;
  const height = size * 1.35, width = Math.max(height, pen.measureText(sign).width + size * 0.7);
  pen.fillStyle = css(theme.bubble);
  pen.strokeStyle = css(colour);
  pen.lineWidth = Math.max(1.5, size * 0.13);
  pen.beginPath();
  pen.roundRect(x - width / 2, y - height / 2, width, height, height / 2);
  pen.fill();
  pen.stroke();
  pen.fillStyle = css(theme.bubbleInk);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(sign, x, y + size * 0.06);
}

// Marks on every other free cell in the view of an agent, so that its steps can be seen where nothing else is.
function drawChecks(scene, agent) {
  const { pen, camera, playback, spots, theme } = scene, half = Math.floor(playback.setting.viewSize / 2) + 1;
  const [row, column] = [Math.floor(spots[2 * agent]), Math.floor(spots[2 * agent + 1])], size = Math.max(2, camera.cell / 7);
  pen.fillStyle = css(mixed(theme.floor, theme.ink, 0.3));
  for (let r = row - half; r <= row + half; r += 1) {
    for (let c = column - half; c <= column + half; c += 1) {
      if ((r + c) % 2 && codeAt(scene, r, c) === FREE) pen.fillRect(camera.x(c) + size, camera.y(r) + size, size, size);
    }
  }
}

// The signs and their meanings, as elements of a list.
function badgeLegend(setting) {
  return setting.badges.flatMap((badge, number) => badge.legend.map(([sign, meaning]) => {
    const plate = make("span", { class: "sign" }, sign);
    plate.style.borderColor = css(badgeColour(number));
    return make("li", {}, plate, meaning);
  }));
}
