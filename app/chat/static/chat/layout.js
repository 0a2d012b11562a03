const GROUP_WITHIN = 5 * 60_000;

/**
 * Days get a line of their own, and an author's messages within five minutes of one another
 * stand together. One more line parts what was seen before from what is new.
 *
 * @param {Item[]} items
 * @param {(at: number) => string} dayOf  a name for the day that a moment lies in
 * @param {number | null} [read]  the last seq that was seen; null: there is nothing new
 * @param {boolean} [more]  whether there is something before the items
 * @returns {Row[]}
 */
export function layout(items, dayOf, read = null, more = false) {
  /** @type {Row[]} */
  const rows = [];
  let day = '';
  let latest = 0;
  // Above the first item there may be others that are new: then the line is not here.
  let toCome = read !== null && (!more || (items[0]?.seq ?? 0) <= read);
  /** @type {Item | undefined} */
  let before;
  for (const item of items) {
    // Clocks may step back a little from one message to the next; a day does not open twice.
    latest = Math.max(latest, item.at);
    if (dayOf(latest) !== day) {
      day = dayOf(latest);
      before = undefined;
      rows.push({ key: `d${day}`, type: 'day', at: latest });
    }
    if (toCome && item.message && !item.mine && item.seq > /** @type {number} */ (read)) {
      toCome = false;
      before = undefined;
      rows.push({ key: 'new', type: 'new', at: latest });
    }
    const together = before?.type === 'message' && before.by.id === item.by.id && !item.opens
      && item.at - before.at <= GROUP_WITHIN;
    rows.push({ key: item.key, type: item.type, at: item.at, first: !together, item });
    before = item;
  }
  return rows;
}
