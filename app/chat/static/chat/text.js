/** The longest body a message may have, in characters as the server counts them. */
export const LONGEST = 4000;

/**
 * Characters as the server counts them: code points, not UTF-16 units.
 *
 * @param {string} text
 */
export function countCharacters(text) {
  return [...text].length;
}

/**
 * What is sent of what was typed: without blank lines before it and blanks behind it. The
 * first line keeps its indent, which code needs.
 *
 * @param {string} typed
 */
export function tidy(typed) {
  return typed.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd();
}

/**
 * At most two letters for the disc beside a message.
 *
 * @param {string} name
 */
export function initials(name) {
  const words = name.split(/[\s._-]+/).filter(Boolean).slice(0, 2);
  return words.map((word) => [...word][0]).join('').toUpperCase();
}
