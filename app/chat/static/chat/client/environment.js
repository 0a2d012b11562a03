/**
 * The browser, as the client sees it. Tests hand the client another one.
 *
 * @type {Environment}
 */
export const browser = {
  socket: (url) => new WebSocket(url ?? `${location.origin.replace('http', 'ws')}/ws/chat/`, ['chat.v1']),
  fetch: (path, init) => fetch(path, init),
  csrf: () => document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? '',
  after: (ms, run) => setTimeout(run, ms),
  cancel: (timer) => clearTimeout(timer),
  now: () => Date.now(),
  random: () => Math.random(),
  online: () => navigator.onLine,
  report: (error) => (globalThis.reportError ?? console.error)(error),
  watch(look) {
    const leave = new AbortController();
    const { signal } = leave;
    for (const change of ['online', 'offline', 'pageshow']) addEventListener(change, look, { signal });
    const seen = () => document.visibilityState === 'visible' && look();
    for (const change of ['visibilitychange', 'resume']) document.addEventListener(change, seen, { signal });
    return () => leave.abort();
  },
  // Each of these may be missing: in private windows, in old browsers, over plain HTTP.
  databases: globalThis.indexedDB,
  locks: globalThis.navigator?.locks,
  radio: (name) => (globalThis.BroadcastChannel ? new BroadcastChannel(name) : null),
};
