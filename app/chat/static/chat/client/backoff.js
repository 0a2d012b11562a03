/**
 * Exponential backoff with full jitter: any wait below a bound that doubles, so that
 * browsers cut off together do not come back together.
 *
 * @param {number} attempt  0 for the first
 * @param {() => number} random
 * @returns {number} milliseconds
 */
export function backoff(attempt, random, base = 500, cap = 10_000) {
  return random() * Math.min(cap, base * 2 ** attempt);
}
