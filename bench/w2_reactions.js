/* Runs in the page before its own code, and notes what moves and how long events take. */
{
  const noted = { shift: 0, slowest_ms: 0 };

  /** @param {string} type @param {(entry: any) => void} note */
  const watch = (type, note) => {
    const wanted = /** @type {any} */ ({ type, buffered: true, durationThreshold: 16 });
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe(wanted);
  };

  watch("layout-shift", ({ hadRecentInput, value }) => {
    if (!hadRecentInput) noted.shift += value;
  });
  watch("event", ({ interactionId, duration }) => {
    if (interactionId) noted.slowest_ms = Math.max(noted.slowest_ms, duration);
  });

  Object.assign(window, { noted });
}
