/* Runs in the page before its own code, and records when each element is first painted. */
{
  const SHOWN = { welcome: ".welcome h1", videos: "#videos .card-title" };
  const seen = {};

  /** Resolves when all changes made before the call are painted. */
  const painted = () =>
    new Promise((resolve) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(null);
      });
    });

  for (const [name, selector] of Object.entries(SHOWN)) {
    const look = new MutationObserver(async () => {
      if (!document.querySelector(selector)) return;
      look.disconnect();
      seen[name] = await painted();
    });
    look.observe(document, { childList: true, subtree: true });
  }

  const next = (kind) =>
    new Promise((resolve) => addEventListener(kind, resolve, { capture: true, once: true }));

  /** From the next event of this kind to the paint of its immediate effect. */
  async function answered(kind) {
    const { timeStamp } = await next(kind);
    return (await painted()) - timeStamp;
  }

  /** From the next key to the paint of another number of videos. */
  async function found() {
    const { timeStamp } = await next("keydown");
    const count = document.querySelector(".count");
    await new Promise((resolve) =>
      new MutationObserver(resolve).observe(count, { childList: true, characterData: true }),
    );
    return (await painted()) - timeStamp;
  }

  Object.assign(window, { bench: { seen, answered, found } });
}
