/** Sorted rows of one noun. Pure. */

/** @type {WeakMap<readonly {id: number}[], Map<number, any>>} */
const indexes = new WeakMap();

/**
 * @template {{id: number}} T
 * @param {readonly T[]} rows
 * @returns {Map<number, T>}
 */
export function byId(rows) {
  const index = indexes.get(rows) ?? new Map();
  if (!indexes.has(rows)) for (const row of rows) index.set(row.id, row);
  indexes.set(rows, index);
  return index;
}

/**
 * Insert changed rows in order, and remove others, without sorting all of them again.
 * @template {{id: number}} T
 * @param {readonly T[]} rows in order
 * @param {readonly T[]} changed each replaces the row with its id
 * @param {Iterable<number>} gone
 * @param {(a: T, b: T) => number} order
 * @returns {T[]}
 */
export function replaceRows(rows, changed, gone, order) {
  if (!rows.length) return [...changed].sort(order);
  const out = new Set(gone);
  for (const { id } of changed) out.add(id);
  const added = [...changed].sort(order);
  const merged = [];
  let next = 0;
  for (const row of rows) {
    if (out.has(row.id)) continue;
    while (next < added.length && order(added[next], row) < 0) merged.push(added[next++]);
    merged.push(row);
  }
  return merged.concat(added.slice(next));
}
