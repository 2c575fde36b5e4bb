// Colours of the map, dark and light, as in viz/draw/style/theme.py and kind_styles.py.

const FREE = 0, OUTSIDE = 1, WALL = 2; // codes that every scenario has
const LEGIBLE = 4.5; // least contrast of text and what it stands on
const CONTRAST = 2.2; // least contrast of things and floor
const TRAILS = [
  [86, 180, 233], [230, 159, 0], [0, 158, 115], [204, 121, 167], [240, 228, 66], [0, 114, 178], [213, 94, 0],
];
const THEMES = {
  dark: {
    name: "dark", ground: [14, 16, 22], floor: [27, 31, 41], line: [38, 43, 56], wall: [58, 64, 80],
    veil: [14, 16, 22], ink: [232, 235, 242], faint: [146, 154, 172], accent: [240, 228, 66],
    bubble: [240, 242, 247], bubbleInk: [24, 27, 36], pushed: [240, 228, 66], shadow: 0.43,
    heat: [[38, 44, 92], [61, 84, 150], [67, 141, 153], [139, 189, 121], [243, 224, 91]],
  },
  light: {
    name: "light", ground: [233, 232, 228], floor: [251, 250, 247], line: [236, 234, 228],
    wall: [184, 187, 196], veil: [233, 232, 228], ink: [30, 34, 44], faint: [107, 113, 128],
    accent: [0, 95, 155], bubble: [38, 43, 56], bubbleInk: [244, 245, 248], pushed: [213, 94, 0],
    shadow: 0.23, heat: [[222, 233, 240], [168, 205, 222], [112, 165, 192], [72, 112, 158], [49, 54, 114]],
  },
};

const css = (colour, opacity = 1) => `rgb(${colour[0]} ${colour[1]} ${colour[2]} / ${opacity})`;

function luminance(colour) { // relative, as in WCAG 2
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

const mixed = (one, other, share) => one.map((part, i) => toEven(part + (other[i] - part) * share));

function toEven(value) { // rounds half to even like Python, so that colours are the same
  const near = Math.round(value);
  return near - value === 0.5 && near % 2 ? near - 1 : near;
}

function inkOn(colour) { // white where it is legible on a colour, else black, which then is more so
  return contrast([255, 255, 255], colour) >= LEGIBLE ? [255, 255, 255] : [0, 0, 0];
}

function visible(colour, theme) { // mixed with the theme's ink until its contrast to the floor is sufficient
  for (let step = 0; step <= 10; step += 1) {
    const shown = mixed(colour, theme.ink, step / 10);
    if (contrast(shown, theme.floor) >= CONTRAST) return shown;
  }
  return theme.ink;
}

// The colours of the layers of the floor, from little to much, one layer after the other.
function shadesOf(setting, theme) {
  const shades = Array.from({ length: setting.shades }, (_, shade) => 0.2 + 0.8 * (shade + 1) / setting.shades);
  return setting.floor.flatMap(([, , colour]) => shades.map((share) => mixed(theme.floor, colour, share)));
}

// The colour of each code in a theme.
function paletteOf(setting, theme) {
  const own = [theme.floor, theme.ground, theme.wall];
  return setting.kinds.map((kind, code) => own[code] ?? visible(kind[2], theme));
}
