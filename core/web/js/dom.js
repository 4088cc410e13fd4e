/**
 * Builds elements. Typed text becomes text nodes and attributes, never markup.
 */

/** @typedef {Node | string | false | null | undefined} Child */

/**
 * Make an element: `on…` adds a listener, `true` an empty attribute, `false` none.
 * @template {keyof HTMLElementTagNameMap} N
 * @param {N} name
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[N]}
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, String(value));
  }
  element.append(...present(children));
  return element;
}

/** Do this after the next paint. @param {() => void} work */
export function afterPaint(work) {
  requestAnimationFrame(() => setTimeout(work));
}

/** Scroll the page to its top, without an animation. */
export function scrollToTop() {
  scrollTo({ top: 0, behavior: "instant" });
}

/** Show a press of a toggle before its effect is drawn. @param {Element} toggle */
export function press(toggle) {
  toggle.ariaPressed = String(toggle.ariaPressed !== "true");
}

/** @param {Child[]} children @returns {(Node | string)[]} */
function present(children) {
  return /** @type {(Node | string)[]} */ (children.filter((one) => one || one === ""));
}

/**
 * Make these elements the children of `place`, in order. Those in place are not touched, so that
 * they keep the focus.
 * @param {Element} place
 * @param {readonly Element[]} wanted
 */
export function arrange(place, wanted) {
  const kept = new Set(wanted);
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  for (const element of [...place.children]) if (!kept.has(element)) element.remove();
  wanted.forEach((element, at) => {
    if (place.children[at] !== element) place.insertBefore(element, place.children[at] ?? null);
  });
  if (focused !== document.activeElement && place.contains(focused)) {
    focused?.focus({ preventScroll: true }); // it was moved
  }
}

/**
 * Like `arrange`, with one element for each key; an existing one is reused.
 * @param {Element} place
 * @param {readonly string[]} keys
 * @param {(key: string) => HTMLElement} make
 */
export function arrangeByKey(place, keys, make) {
  const there = /** @type {HTMLElement[]} */ ([...place.children]);
  const known = new Map(there.map((one) => [one.dataset.key, one]));
  const wanted = keys.map((key) => known.get(key) ?? make(key));
  for (const [at, one] of wanted.entries()) one.dataset.key = keys[at];
  arrange(place, wanted);
}

const PATHS = {
  add: "M12 5v14M5 12h14",
  check: "M5 13l4 4L19 7",
  close: "M6 6l12 12M18 6L6 18",
  cloud: "M4 4l16 16M9.5 6.5A6 6 0 0 1 18 11a4 4 0 0 1 2.2 6.8M16 18H7a4 4 0 0 1-.6-7.9",
  download: "M12 4v10M8 10.5l4 4 4-4M5 19h14",
  edit: "M4 20l1-4L16 5l3 3L8 19z",
  external: "M14 5h5v5M19 5l-8 8M10 6H5v13h13v-5",
  grid: "M5 5h6v6H5zM13 5h6v6h-6zM5 13h6v6H5zM13 13h6v6h-6z",
  leave: "M10 5H5v14h5M9.5 12H20M16 8l4 4-4 4",
  log: "M6 4h12v16H6zM9.5 9h5M9.5 13h5",
  list: "M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01",
  more: "M12 5.5h.01M12 12h.01M12 18.5h.01",
  next: "M6 5.5v13l9-6.5zM18.5 5.5v13",
  paste: "M9 5H6v15h12V5h-3M9 3.5h6v3H9zM9 12h6M9 16h4",
  play: "M8 5.5v13l11-6.5z",
  previous: "M18 5.5v13l-9-6.5zM5.5 5.5v13",
  repeat: "M5 10V7h12M14 4l3 3-3 3M19 14v3H7M10 20l-3-3 3-3",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5L20 20",
  restore: "M4 9h10a5.5 5.5 0 0 1 0 11H8M8 5L4 9l4 4",
  select: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M8 12.2l2.8 2.8L16 9.5",
  share:
    "M17.5 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M6.5 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M17.5 21a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M8.8 10.7l6.4-3.9M8.8 13.3l6.4 3.9",
  shuffle: "M4 7h3l10 10h3M17.5 14l3 3-3 3M4 17h3l2.5-2.5M14.5 9.5L17 7h3M17.5 4l3 3-3 3",
  tag: "M4 12V4h8l8 8-8 8zM8.5 8.5h.01",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  upload: "M12 15V5M8 9l4-4 4 4M5 19h14",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.01",
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const of = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(of, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(of, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/**
 * A button with an icon and words.
 * @param {keyof typeof PATHS} name
 * @param {string | HTMLElement} text
 * @param {() => void} onclick
 * @param {Record<string, any>} [more]
 */
export function button(name, text, onclick, more = {}) {
  return h("button", { type: "button", class: "button", onclick, ...more }, icon(name), text);
}

/** Core's icon; its path contains the version. @param {number} size @param {Record<string, any>} [more] */
export function mark(size, more = {}) {
  const src = new URL("../icons/icon-192.png", import.meta.url).pathname;
  return h("img", { src, alt: "", width: size, height: size, ...more });
}

/**
 * A button with an icon only; its name is the tooltip, and for screen readers.
 * @param {keyof typeof PATHS} name
 * @param {string} label
 * @param {() => void} onclick
 * @param {Record<string, any>} [more]
 */
export function iconButton(name, label, onclick, more = {}) {
  const attributes = { type: "button", class: "round", title: label, "aria-label": label, onclick };
  return h("button", { ...attributes, ...more }, icon(name));
}
