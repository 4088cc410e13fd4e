/** The videos that play one after the other. Pure; deleted videos are skipped. */

export class Playlist {
  /** @param {readonly number[]} ids in the order in which they play */
  constructor(ids = []) {
    this.ids = ids;
  }

  /**
   * The same videos in random order.
   * @param {() => number} [random] from 0 to below 1
   */
  shuffled(random = Math.random) {
    const ids = [...this.ids];
    for (let last = ids.length - 1; last > 0; last--) {
      const other = Math.floor(random() * (last + 1));
      [ids[last], ids[other]] = [ids[other], ids[last]];
    }
    return new Playlist(ids);
  }

  /** The position of a video, from 1; 0: it is not in the list. @param {number} id */
  placeOf(id) {
    return this.ids.indexOf(id) + 1;
  }

  /**
   * @param {number} id
   * @param {1 | -1} step
   * @param {(id: number) => boolean} isThere
   * @returns {number | undefined} the next or the previous video, if there is one
   */
  from(id, step, isThere) {
    const place = this.placeOf(id);
    if (!place) return undefined;
    return step > 0
      ? this.ids.slice(place).find(isThere)
      : this.ids.slice(0, place - 1).findLast(isThere);
  }
}
