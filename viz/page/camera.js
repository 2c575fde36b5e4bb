// The visible part of the map and its scale. Pixels are CSS pixels.

class Camera {
  constructor() {
    Object.assign(this, { row: 0, column: 0, cell: 10, width: 0, height: 0, fitted: true });
  }

  // Set the size of the area; the middle stays.
  resize(width, height, playback) {
    this.width = width;
    this.height = height;
    if (this.fitted) this.fit(playback);
  }

  fit(playback) {
    const margin = 14;
    const most = Math.min((this.width - 2 * margin) / playback.width, (this.height - 2 * margin) / playback.height);
    this.cell = Math.max(0.25, most >= 8 ? Math.floor(most) : most);
    this.row = playback.height / 2;
    this.column = playback.width / 2;
    this.fitted = true;
  }

  // Left edge of a column, top edge of a row; both may be fractional.
  x(column) { return this.width / 2 + (column - this.column) * this.cell; }

  y(row) { return this.height / 2 + (row - this.row) * this.cell; }

  place(x, y) {
    return {
      row: (y - this.height / 2) / this.cell + this.row,
      column: (x - this.width / 2) / this.cell + this.column,
    };
  }

  // Zoom around a pixel.
  zoom(factor, x, y, playback) {
    const fixed = this.place(x, y);
    this.cell = Math.min(160, Math.max(0.25, this.cell * factor));
    const moved = this.place(x, y);
    this.row += fixed.row - moved.row;
    this.column += fixed.column - moved.column;
    this.#keepInside(playback);
  }

  pan(right, down, playback) {
    this.column -= right / this.cell;
    this.row -= down / this.cell;
    this.#keepInside(playback);
  }

  lookAt(row, column) {
    this.row = row;
    this.column = column;
    this.fitted = false;
  }

  // First and last + 1 visible row and column.
  span(playback) {
    const first = this.place(0, 0), last = this.place(this.width, this.height);
    const within = (value, most) => Math.min(most, Math.max(0, value));
    return {
      top: within(Math.floor(first.row), playback.height), left: within(Math.floor(first.column), playback.width),
      bottom: within(Math.ceil(last.row), playback.height), right: within(Math.ceil(last.column), playback.width),
    };
  }

  // A pixel with the plain colour of a cell: below numbers and letters.
  probe(row, column) { return { x: this.x(column + 0.5), y: this.y(row + 0.76) }; }

  #keepInside(playback) {
    this.row = Math.min(playback.height, Math.max(0, this.row));
    this.column = Math.min(playback.width, Math.max(0, this.column));
    this.fitted = false;
  }
}
