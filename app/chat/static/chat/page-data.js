/**
 * What the server left in the page for the scripts (Django's json_script).
 *
 * @param {string} id
 * @returns {any}
 */
export function pageData(id) {
  return JSON.parse(need(`#${id}`).textContent ?? '');
}

/**
 * An element that the template promises.
 *
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {HTMLElement}
 */
export function need(selector, within = document) {
  const element = within.querySelector(selector);
  if (!element) throw new Error(`The page lacks ${selector}`);
  return /** @type {HTMLElement} */ (element);
}

/** The language of the page, which is the person's. */
export const language = document.documentElement.lang || 'en';
