const GROUP_WITHIN = 5 * 60_000;

/**
 * Days get a line of their own, and an author's messages within five minutes of one another
 * stand together.
 *
 * @param {Item[]} items
 * @param {(at: number) => string} dayOf  a name for the day that a moment lies in
 * @returns {Row[]}
 */
export function layout(items, dayOf) {
  /** @type {Row[]} */
  const rows = [];
  let day = '';
  let latest = 0;
  /** @type {Item | undefined} */
  let before;
  for (const item of items) {
    // Clocks may step back a little from one message to the next; a day does not open twice.
    latest = Math.max(latest, item.at);
    if (dayOf(latest) !== day) {
      day = dayOf(latest);
      before = undefined;
      rows.push({ key: `d${day}`, type: 'day', at: latest, first: false });
    }
    const together = before?.type === 'message' && before.by.id === item.by.id
      && item.at - before.at <= GROUP_WITHIN;
    rows.push({ key: item.key, type: item.type, at: item.at, first: !together, item });
    before = item;
  }
  return rows;
}
