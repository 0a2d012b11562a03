import { need } from './page-data.js';

/** What keeps the person from taking part takes the composer's place.  @param {string} [reason] */
export function showFace(reason) {
  const faces = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('[data-reason]')]);
  const known = faces.some((face) => face.dataset.reason === reason);
  const wanted = reason && (known ? reason : 'removed');
  for (const face of faces) face.hidden = face.dataset.reason !== wanted;
  need('#composer').hidden = !!wanted;
}
