// Observes one document of one frame from its very beginning.
// Definitions: https://github.com/GoogleChrome/web-vitals (v6) and https://web.dev/articles/vitals
(() => {
  const CLS_GAP_MS = 1000; // https://web.dev/articles/cls#what_is_cls
  const CLS_WINDOW_MS = 5000;
  const INP_KEPT = 10; // https://web.dev/articles/inp#how_is_inp_calculated
  const INP_OUTLIER_EVERY = 50;
  const EVENT_THRESHOLD_MS = 16; // the least the browser allows
  const REPORT_DELAY_MS = 100;
  const LAST_WORDS = "__seakeep_last_words";

  if (!location.protocol.startsWith("http") || window.__seakeep) return;

  const load = `${performance.timeOrigin}-${Math.random()}`;
  const seen = { lcp: null, fcp: null, fid: null, longTasks: 0 };
  const interactions = new Map(); // interactionId -> longest duration
  const pending = [];
  let cls = 0;
  let shifts = null; // the current session window
  let firstHidden = document.visibilityState === "hidden" ? 0 : Infinity;
  let lcpIsFinal = false;
  let lastEntry = performance.now();
  let reportIsDue = false;
  let unseen = null; // the last input, while the browser has not yet told what it cost

  performance.setResourceTimingBufferSize(5000);

  const navigation = () => performance.getEntriesByType("navigation")[0];
  const sinceActivation = (ms) => Math.max(0, ms - (navigation()?.activationStart || 0));

  const onPaint = (entry) => {
    if (entry.name === "first-contentful-paint" && entry.startTime < firstHidden)
      seen.fcp = sinceActivation(entry.startTime);
  };
  const onLargestPaint = (entry) => {
    if (!lcpIsFinal && entry.startTime < firstHidden) seen.lcp = sinceActivation(entry.startTime);
  };
  const onShift = (entry) => {
    if (entry.hadRecentInput) return;
    const at = entry.startTime;
    if (shifts && at - shifts.last < CLS_GAP_MS && at - shifts.first < CLS_WINDOW_MS) {
      shifts.value += entry.value;
      shifts.last = at;
    } else shifts = { value: entry.value, first: at, last: at };
    cls = Math.max(cls, shifts.value);
  };
  const onEvent = (entry) => {
    if (entry.entryType === "first-input")
      seen.fid = Math.max(0, entry.processingStart - entry.startTime);
    if (unseen && entry.startTime >= unseen.at) unseen = null;
    const id = entry.interactionId || (entry.entryType === "first-input" ? "first" : 0);
    if (id) interactions.set(id, Math.max(entry.duration, interactions.get(id) || 0));
  };

  const observe = (type, use, options = {}) => {
    if (!PerformanceObserver.supportedEntryTypes.includes(type)) return;
    const each = (entries) => {
      for (const entry of entries) use(entry);
      if (!entries.length) return;
      lastEntry = performance.now();
      // A click often leads away: what it cost must be told before the page is gone.
      if (use === onEvent) report();
      else reportSoon();
    };
    const observer = new PerformanceObserver((list) => each(list.getEntries()));
    observer.observe({ type, buffered: true, ...options });
    pending.push(() => observer.takeRecords().forEach(use));
  };

  // Interactions shorter than the threshold have no entry, but still count towards the index.
  const inp = () => {
    const longest = [...interactions.values()].sort((a, b) => b - a).slice(0, INP_KEPT);
    const count = Math.max(performance.interactionCount || 0, interactions.size);
    return longest[Math.min(longest.length - 1, Math.floor(count / INP_OUTLIER_EVERY))] ?? null;
  };

  const snapshot = () => {
    for (const take of pending) take();
    const page = navigation();
    const resources = performance.getEntriesByType("resource");
    return {
      load,
      top: window.top === window,
      began: performance.timeOrigin,
      lcp_ms: seen.lcp,
      fcp_ms: seen.fcp,
      fid_ms: seen.fid,
      inp_ms: inp(),
      cls,
      long_tasks: seen.longTasks,
      ttfb_ms: page?.responseStart ? sinceActivation(page.responseStart) : null,
      dom_ms: page?.domContentLoadedEventEnd ? sinceActivation(page.domContentLoadedEventEnd) : null,
      load_ms: page?.loadEventEnd ? sinceActivation(page.loadEventEnd) : null,
      bytes: resources.reduce((sum, one) => sum + one.transferSize, page?.transferSize || 0),
    };
  };

  const tell = (text) => window.__seakeep_report?.(text); // a promise: until it has been taken
  const report = () => {
    reportIsDue = false;
    passOn(); // not at once: the page before may still be leaving, in a process of its own
    tell(JSON.stringify(snapshot()));
  };
  const reportSoon = () => {
    if (!reportIsDue) setTimeout(report, REPORT_DELAY_MS);
    reportIsDue = true;
  };

  // Nothing that a page says while it is being left gets out. So it leaves its last words in the
  // session's storage, and the next page of the same origin passes them on.
  const lastWords = () => JSON.parse(sessionStorage.getItem(LAST_WORDS) || "[]");
  const leave = () => {
    if (unseen) interactions.set("unseen", unseen.cost ?? performance.now() - unseen.at);
    try {
      const words = [...lastWords(), JSON.stringify(snapshot())];
      sessionStorage.setItem(LAST_WORDS, JSON.stringify(words));
    } catch {} // a sandboxed frame, or a storage that is full
  };
  const passOn = () => {
    try {
      for (const words of lastWords()) tell(words);
      sessionStorage.removeItem(LAST_WORDS);
    } catch {}
  };

  const settled = async (quietMs, limitMs) => {
    const began = performance.now(); // what was just drawn has no entry yet
    const limit = began + limitMs;
    const isQuiet = () =>
      document.readyState === "complete" &&
      seen.fcp !== null &&
      performance.now() - Math.max(began, lastEntry, navigation()?.loadEventEnd || 0) >= quietMs;
    while (!isQuiet() && performance.now() < limit) await new Promise((go) => setTimeout(go, 25));
    return true;
  };

  observe("paint", onPaint);
  observe("largest-contentful-paint", onLargestPaint);
  observe("layout-shift", onShift);
  observe("event", onEvent, { durationThreshold: EVENT_THRESHOLD_MS });
  observe("first-input", onEvent);
  observe("longtask", () => (seen.longTasks += 1));

  const onInput = (event) => {
    if (!event.isTrusted) return;
    lcpIsFinal = true;
    // A page that is left before it paints again has no entry for what led away from it. The time
    // until its handlers were done is then the least that the interaction took.
    const input = (unseen = { at: event.timeStamp, cost: null });
    setTimeout(() => (input.cost = performance.now() - input.at));
  };
  for (const type of ["keydown", "click"]) addEventListener(type, onInput, { capture: true });
  addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden") return;
    firstHidden = Math.min(firstHidden, performance.now());
    leave(); // after `pagehide`, and by now with the events that were never painted
  }, { capture: true });
  const read = async () => {
    passOn();
    await tell(JSON.stringify(snapshot()));
    return true;
  };
  Object.defineProperty(window, "__seakeep", { value: { read, settled } });
})();
