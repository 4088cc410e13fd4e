/** The video and title in a shared text, before it is saved. Pure; Core itself reads far more links. */

/** @typedef {{key: string, title: string}} Shared `title`: empty if nothing but the link is there */

const KEY =
  /(?:youtu\.be\/|youtube(?:-nocookie)?\.com\/(?:(?:shorts|live|embed|v)\/|watch\?(?:\S*&)?v=))([\w-]{11})(?![\w-])/i;
const LINKS =
  /[^\s\w.-]{0,9}(?:https?:\/\/|[\w.-]{0,30}youtu(?:\.be|be(?:-nocookie)?\.com)\/)[^\s,;|"<>[\]]*[">)\]]*/gi;
const TEXTS_OF_LINKS =
  /\[((?:[^[\]\n]|(?<!!)\[[^[\]\n]{0,100}\]){1,300})\]\(<?[^\s()]{0,200}youtu|<a\s[^<>]{0,1000}youtu[^<>]{0,1000}>([^<>\n]{1,300})<\/a>|\[\[[^\s[\]]{0,200}youtu[^\s[\]]{0,200}\]\[([^[\]\n]{1,300})\]\]/gi;
const QUOTED = /["“„«»]([^\n]{1,300})["“”«»][^\n"“”«»]{0,40}\bYouTube\b/i;
const OF_PAGE = /^\(\d{1,4}\+?\)\s*|\s*[-–—|·]\s*YouTube(?: Music)?\s*$/gi;
const AROUND = /^[\s,;|–—-]+|[\s,;|–—-]+$/g;
const ON_YOUTUBE = /^[^\p{L}]*(?:\p{L}+ ){0,4}YouTube[^\p{L}]*$/iu;

/** @param {string} text @returns {Shared | null} null: no link is recognised */
export function readShared(text) {
  const key = KEY.exec(text)?.[1];
  return key ? { key, title: titleIn(text) } : null;
}

/** The title as Core extracts it from a shared text (shared_titles.py). @param {string} text */
function titleIn(text) {
  const quoted = QUOTED.exec(text.replace(LINKS, " "))?.[1];
  if (quoted) return quoted.trim();
  const lines = text.split("\n");
  const alone = lines.filter((line) => line.search(LINKS) < 0).reverse();
  const ofLinks = [...text.matchAll(TEXTS_OF_LINKS)].flatMap((found) => found.slice(1));
  const titles = [...ofLinks, ...alone, ...lines].map((line = "") =>
    firstCell(line.replace(LINKS, " ")).replace(AROUND, "").replace(OF_PAGE, ""),
  );
  return titles.find((title) => /\p{L}/u.test(title) && !ON_YOUTUBE.test(title)) ?? "";
}

/** The first cell with a letter of a row of a Markdown table; any other line whole. @param {string} line */
function firstCell(line) {
  const hasLetter = (/** @type {string} */ cell) => /\p{L}/u.test(cell);
  return line.startsWith("|") ? (line.split("|").find(hasLetter) ?? "") : line;
}

/** YouTube's thumbnail of a video. @param {string} key */
export function pictureOf(key) {
  return `https://i.ytimg.com/vi/${key}/mqdefault.jpg`;
}
