/* Runs in the page before its own code, and records layout shifts and the durations of events. */
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
