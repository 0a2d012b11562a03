/**
 * A page of a room's messages as they stand now, newest last.
 *
 * @param {string} room
 * @param {number} [before]  a seq; left out: the newest page
 * @returns {Promise<Page>}
 */
export async function messagesPage(room, before) {
  const query = before === undefined ? '' : `&before=${before}`;
  const answer = await fetch(`/api/v1/rooms/${room}/messages/?limit=50${query}`);
  if (!answer.ok) throw new Error(`The API answered ${answer.status}`);
  return answer.json();
}
