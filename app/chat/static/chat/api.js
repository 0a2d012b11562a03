/** A request that hangs would hold up all that is loaded after it. Old browsers wait as long as they do. */
const ANSWER_WITHIN = 20_000;

/**
 * A page of a room's messages as they stand now, newest last.
 *
 * @param {string} room
 * @param {{before?: number, after?: number, around?: number}} [which]  a seq; left out: the newest page
 * @returns {Promise<Page>}
 */
export function messagesPage(room, which = {}) {
  const [[name, seq] = []] = Object.entries(which);
  return read(`rooms/${room}/messages/?limit=50${seq === undefined ? '' : `&${name}=${seq}`}`);
}

/** @param {string} room  @param {number} seq  @returns {Promise<Message>} */
export function messageAt(room, seq) {
  return read(`rooms/${room}/messages/${seq}/`);
}

/** @param {string} room  @returns {Promise<{user: User}[]>} */
export function membersOf(room) {
  return read(`rooms/${room}/members/`);
}

/**
 * A room as it stands now, and what the person is in it.
 *
 * @param {string} room
 * @returns {Promise<{name: string, topic: string, archived: boolean, role: string, muted_until: string | null}>}
 */
export function roomNow(room) {
  return read(`rooms/${room}/`);
}

/** People whose name begins so.  @param {string} beginning  @returns {Promise<User[]>} */
export function peopleNamed(beginning) {
  return read(`people/?q=${encodeURIComponent(beginning)}`);
}

/** @param {string} path  @returns {Promise<any>} */
async function read(path) {
  const answer = await fetch(`/api/v1/${path}`, { signal: AbortSignal.timeout?.(ANSWER_WITHIN) });
  if (!answer.ok) throw new Error(`The API answered ${answer.status}`);
  return answer.json();
}
