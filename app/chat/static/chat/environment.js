/**
 * The browser, as the client sees it. Tests hand the client another one.
 *
 * @type {Environment}
 */
export const browser = {
  socket: (url) => new WebSocket(url, ['chat.v1']),
  after: (ms, run) => setTimeout(run, ms),
  cancel: (timer) => clearTimeout(timer),
  now: () => Date.now(),
  random: () => Math.random(),
};
