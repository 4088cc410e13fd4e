/** The pages of a read, in parts that a slow phone parses and stores without a noticeable pause. Pure. */

/** The characters of a part, at least. */
const SIZE = 250_000;
/** Ends a row and begins the next one. In a text of a row the quotes are escaped. */
const BETWEEN_ROWS = '},{"id":';
const FIRST_ROW = '":[{"id":';

/**
 * Cut the JSON of a page between rows. The parts, read in order, say the same as the page.
 * @param {string} page `{"videos":[{"id":…},…],…}`, as Core writes it
 */
export function inParts(page) {
  const parts = [];
  let head = "";
  let from = 0;
  let to = page.indexOf(BETWEEN_ROWS, SIZE);
  while (to > 0) {
    const rows = page.slice(from, to);
    parts.push(`${head}${rows}}]}`);
    const named = rows.lastIndexOf(FIRST_ROW);
    if (named > 0) head = `{${rows.slice(rows.lastIndexOf('"', named - 1), named)}":[`;
    from = to + "},".length;
    to = page.indexOf(BETWEEN_ROWS, from + SIZE);
  }
  return [...parts, head + page.slice(from)];
}
