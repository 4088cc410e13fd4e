/** The video and title in a shared text, before it is saved. Pure; Core itself reads far more links. */

/** @typedef {{key: string, title: string}} Shared `title`: empty if nothing but the link is there */

const KEY =
  /(?:youtu\.be\/|youtube(?:-nocookie)?\.com\/(?:(?:shorts|live|embed|v)\/|watch\?(?:\S*&)?v=))([\w-]{11})(?![\w-])/i;
const LINKS = /\W?(?:https?:\/\/|[\w.-]{0,30}youtu[\w.-]+\/)[^\s,]*/gi;
const QUOTED = /["“„«»]([^\n]{1,300})["“”«»][^\n"“”«»]{0,40}\bYouTube\b/i;
const OF_PAGE = /^\(\d+\+?\)\s*|\s*[-–—|·]\s*YouTube(?: Music)?\s*$/gi;
const AROUND = /^[\s,:–-]+|[\s,:–-]+$/g;
const ON_YOUTUBE = /^[^\p{L}]*(?:\p{L}+ ){0,4}YouTube[^\p{L}]*$/iu;

/** @param {string} text @returns {Shared | null} null: no link is recognised */
export function readShared(text) {
  const key = KEY.exec(text)?.[1];
  return key ? { key, title: titleIn(text) } : null;
}

/** The title of a shared text; Core also reads markup (shared_titles.py). @param {string} text */
function titleIn(text) {
  const quoted = QUOTED.exec(text.replace(LINKS, " "))?.[1];
  if (quoted) return quoted.trim();
  const lines = text.split("\n");
  const alone = lines.filter((line) => line.search(LINKS) < 0).reverse();
  return (
    [...alone, ...lines]
      .map((line) => line.replace(LINKS, " ").replace(AROUND, "").replace(OF_PAGE, ""))
      .find((title) => /\p{L}/u.test(title) && !ON_YOUTUBE.test(title)) ?? ""
  );
}

/** YouTube's thumbnail of a video. @param {string} key */
export function pictureOf(key) {
  return `https://i.ytimg.com/vi/${key}/mqdefault.jpg`;
}
