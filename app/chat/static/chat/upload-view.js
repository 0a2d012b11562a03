import { clone, language, need } from './page-data.js';

/** CSS pixels. A picture is shown within them, and opened for the rest. */
const WIDEST = 480;
const HIGHEST = 320;

/**
 * A file of a message: a picture to look at, anything else to download. It has its place before it is loaded.
 *
 * @param {any} upload  as the wire has it
 * @returns {HTMLElement}
 */
export function uploadView({ name, size, url, thumb }) {
  const link = /** @type {HTMLAnchorElement} */ (clone(thumb ? 'picture' : 'file'));
  link.href = url;
  if (thumb) {
    const scale = Math.min(1, WIDEST / thumb.width, HIGHEST / thumb.height);
    const picture = /** @type {HTMLImageElement} */ (need('img', link));
    picture.width = Math.ceil(thumb.width * scale);
    picture.height = Math.ceil(thumb.height * scale);
    picture.alt = name;
    picture.src = thumb.url;
  } else {
    need('.file-name', link).textContent = name;
    need('.file-size', link).textContent = inWords(size);
  }
  return link;
}

/** A size for people: 2.4 MB.  @param {number} bytes */
export function inWords(bytes) {
  const [size, unit] = bytes < 1e6 ? [Math.max(bytes, 100) / 1e3, 'kilobyte'] : [bytes / 1e6, 'megabyte'];
  return size.toLocaleString(language, { style: 'unit', unit, maximumFractionDigits: 1 });
}
