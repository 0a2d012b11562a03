/**
 * Moments as people read them.
 *
 * @param {string} language
 * @param {() => number} [now]
 * @returns {Record<'time'|'moment'|'dayKey'|'day', (at: number) => string>}
 */
export function dates(language, now = Date.now) {
  const clock = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
  const full = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'short' });
  const near = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const date = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long' });
  const long = new Intl.DateTimeFormat(language, { dateStyle: 'long' });
  /** @param {number} at */
  const midnight = (at) => new Date(at).setHours(0, 0, 0, 0);

  return {
    time: (at) => clock.format(at),
    moment: (at) => full.format(at),
    dayKey: (at) => String(midnight(at)),
    day(at) {
      // Rounded, because a day that changes to or from summer time is not 24 hours long.
      const ago = Math.round((midnight(now()) - midnight(at)) / 86_400_000);
      const far = new Date(at).getFullYear() === new Date(now()).getFullYear() ? date : long;
      const name = ago < 2 ? near.format(-ago, 'day') : far.format(at);
      return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
    },
  };
}
