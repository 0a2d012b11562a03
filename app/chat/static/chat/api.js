/** A request that hangs would hold up all that is loaded after it. Old browsers wait as long as they do. */
const ANSWER_WITHIN = 20_000;

/**
 * A page of a room's messages as they stand now, newest last.
 *
 * @param {string} room
 * @param {number} [before]  a seq; left out: the newest page
 * @returns {Promise<Page>}
 */
export function messagesPage(room, before) {
  const query = before === undefined ? '' : `&before=${before}`;
  return read(`rooms/${room}/messages/?limit=50${query}`);
}

/**
 * A room as it stands now.
 *
 * @param {string} room
 * @returns {Promise<{name: string, topic: string}>}
 */
export function roomNow(room) {
  return read(`rooms/${room}/`);
}

/** @param {string} path  @returns {Promise<any>} */
async function read(path) {
  const answer = await fetch(`/api/v1/${path}`, { signal: AbortSignal.timeout?.(ANSWER_WITHIN) });
  if (!answer.ok) throw new Error(`The API answered ${answer.status}`);
  return answer.json();
}
