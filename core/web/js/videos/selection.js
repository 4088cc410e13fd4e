/** The selected videos. Pure; every change makes a new one. */

export class Selection {
  /**
   * @param {ReadonlySet<number>} ids
   * @param {boolean} on selection mode, also with nothing selected
   * @param {number | null} last where a range begins
   */
  constructor(ids = new Set(), on = false, last = null) {
    this.ids = ids;
    this.on = on;
    this.last = last;
  }

  get size() {
    return this.ids.size;
  }

  /** @param {number} id */
  has(id) {
    return this.ids.has(id);
  }

  /** @param {number} id */
  toggling(id) {
    const ids = new Set(this.ids);
    if (!ids.delete(id)) ids.add(id);
    return new Selection(ids, true, id);
  }

  /**
   * Select the range from the last one to this one.
   * @param {number} id
   * @param {readonly number[]} shown in their order
   */
  reaching(id, shown) {
    const ends = [shown.indexOf(this.last ?? id), shown.indexOf(id)];
    if (ends[0] < 0) return this.toggling(id);
    const between = shown.slice(Math.min(...ends), Math.max(...ends) + 1);
    return new Selection(new Set([...this.ids, ...between]), true, id);
  }

  /**
   * Select all shown videos; if they are selected already, none.
   * @param {readonly number[]} shown
   */
  all(shown) {
    const ids = this.size < shown.length ? shown : [];
    return new Selection(new Set(ids), true, this.last);
  }

  /**
   * Deselect videos that are no longer shown, so that no action changes a hidden video.
   * @param {readonly number[]} shown
   */
  among(shown) {
    if (!this.size) return this;
    const ids = shown.filter((id) => this.ids.has(id));
    return ids.length === this.size ? this : new Selection(new Set(ids), true, this.last);
  }
}
