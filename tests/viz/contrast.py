"""Contrast of the texts of a page, measured in a browser as WCAG 2.2 (1.4.3) defines it."""

# Elements with text of their own that is less legible than level AA: 4.5, of large texts 3. Disabled controls
# do not count. Backgrounds are those of the ancestors, laid over each other.
FAINT = """(root => {
  const parse = text => {
    const all = text.match(/[\\d.]+/g).map(Number);
    return text.startsWith("color(") ? [...all.slice(-4, -1).map(x => 255 * x), all.at(-1)] :
      [...all.slice(0, 3), all[3] ?? 1];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((x, i) => a * x + (1 - a) * below[i]);
  const light = rgb => {
    const [r, g, b] = rgb.map(x => x / 255).map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const view = root.defaultView, style = one => view.getComputedStyle(one);
  const ground = one => {
    const above = [];
    for (let at = one; at; at = at.parentElement) above.push(parse(style(at).backgroundColor));
    return above.reverse().reduce((below, colour) => over(colour, below), [255, 255, 255]);
  };
  const found = [];
  for (const one of root.body.querySelectorAll("*")) {
    const own = [...one.childNodes].filter(node => node.nodeType === 3 && node.data.trim());
    if (!own.length || !one.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (one.closest(":disabled, script, style, option") || !one.getClientRects().length) continue;
    const css = style(one), size = parseFloat(css.fontSize);
    let alpha = 1;
    for (let at = one; at; at = at.parentElement) alpha *= Number(style(at).opacity);
    const below = ground(one), [r, g, b, a] = parse(css.color);
    const pair = [light(over([r, g, b, a * alpha], below)), light(below)].sort((x, y) => y - x);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    const large = size >= 24 || (size >= 18.66 && Number(css.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push([own[0].data.trim(), one.className, ratio.toFixed(2)]);
  }
  return { texts: root.body.innerText.length, found };
})"""


def faint(browser, document="document"):
    """Texts of a document that are hard to read, as [text, class, ratio]; there must be some text in it."""
    measured = browser.value(f"{FAINT}({document})")
    assert measured["texts"] > 20
    return measured["found"]
