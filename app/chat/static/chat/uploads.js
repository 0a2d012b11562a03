import { browser } from './client/environment.js';
import { clone, fill, need, pageData } from './page-data.js';
import { inWords } from './upload-view.js';

/** In a message. */
const MOST = 10;
/** What may pass by itself is tried so often, with so many milliseconds between. */
const TRIES = 5;
const PAUSE = 3000;

/**
 * @typedef {object} Piece  A file beside the composer. `row.dataset.state`: none while it is on its way, then `done` or `failed`.
 * @property {HTMLElement} row
 * @property {File} file
 * @property {number} tries
 * @property {XMLHttpRequest} [request]
 * @property {any} [upload]  what the server made of it
 */

/**
 * @typedef {object} Place  Where files are brought, of the room that is open.
 * @property {HTMLElement} form
 * @property {HTMLElement} drop  where they may be dropped
 * @property {number} max  bytes
 * @property {() => void} onChange
 */

/** @type {Record<string, ReturnType<typeof attachments>>} by room */
const begun = {};

/** What was brought to a room waits there, and goes on going up, while others are open.  @param {string} room */
export const attachmentsOf = (room) => (begun[room] ??= attachments(room));

/** Files on their way into a message: dropped, pasted or picked. They go up one after another, at once.  @param {string} room */
function attachments(room) {
  /** @type {Record<string, string>} */
  const strings = pageData('upload-strings');
  /** @type {Place} */
  let place;
  /** @type {Piece[]} */
  let pieces = [];

  /** @param {Iterable<File> | null} files */
  function add(files) {
    for (const file of files ?? []) {
      const row = clone('upload');
      const piece = { row, file, tries: 0 };
      const remove = need('button', row);
      need('.file-name', row).textContent = file.name;
      need('.file-size', row).textContent = inWords(file.size);
      remove.ariaLabel = fill(strings.remove, { name: file.name });
      remove.onclick = () => drops(piece);
      pieces.push(piece);
      need('.to-send', place.form).append(row);
      if (pieces.length > MOST) fail(piece, 'too_many_here');
      else if (file.size > place.max) fail(piece, 'too_big');
    }
    next();
  }

  function next() {
    const first = pieces.find(isOnItsWay);
    if (first && !first.request) send(first);
    place.onChange();
  }

  /** @param {string} method  @param {string} path  @param {FormData} [body] */
  function ask(method, path, body) {
    const request = new XMLHttpRequest();
    request.open(method, `/api/v1/rooms/${room}/uploads/${path}`);
    request.setRequestHeader('X-CSRFToken', browser.csrf());
    request.responseType = 'json';
    // What listens for the progress has to be there before.
    queueMicrotask(() => request.send(body));
    return request;
  }

  /** @param {Piece} piece */
  function send(piece) {
    const { row, file } = piece;
    const body = new FormData();
    body.append('file', file);
    const request = (piece.request = ask('POST', '', body));
    request.upload.onprogress = ({ loaded, total }) => {
      /** @type {HTMLProgressElement} */ (need('progress', row)).value = loaded / total;
    };
    request.onloadend = () => {
      if (!pieces.includes(piece)) return;
      const { status, response } = request;
      const code = response?.error?.code;
      const passes = !status || code === 'unavailable' || code === 'rate_limited';
      if (status === 201) done(piece, response);
      else if (passes && ++piece.tries < TRIES) setTimeout(() => pieces.includes(piece) && send(piece), PAUSE);
      else fail(piece, code);
      next();
    };
  }

  /** @param {Piece} piece  @param {any} upload */
  function done(piece, upload) {
    const { row } = piece;
    piece.upload = upload;
    row.dataset.state = 'done';
    say(fill(strings.done, upload));
    if (!upload.thumb) return;
    const picture = /** @type {HTMLImageElement} */ (need('img', row));
    picture.src = upload.thumb.url;
    picture.hidden = false;
    need('.file-size', row).textContent += ` · ${upload.width} × ${upload.height}`;
  }

  /** @param {Piece} piece  @param {string} [code] */
  function fail({ row, file }, code = '') {
    const why = fill(strings[code] ?? strings.failed, { size: inWords(place.max), count: MOST });
    row.dataset.state = 'failed';
    need('.file-error', row).textContent = why;
    say(`${file.name}: ${why}`);
  }

  /** @param {string} note */
  function say(note) {
    need('.upload-note', place.form).textContent = note;
  }

  /** @param {Piece} piece */
  function drops(piece) {
    forget((other) => other === piece);
    piece.request?.abort();
    if (piece.upload) ask('DELETE', `${piece.upload.id}/`);
    need('.attach', place.form).focus();
    next();
  }

  /** @param {(piece: Piece) => boolean} goes */
  function forget(goes) {
    pieces = pieces.filter((piece) => !goes(piece) || void piece.row.remove());
  }

  return {
    /** The room is opened.  @param {Place} now */
    show(now) {
      place = now;
      const { form, drop } = now;
      const input = /** @type {HTMLInputElement} */ (need('[type=file]', form));
      need('.to-send', form).append(...pieces.map(({ row }) => row));
      need('.attach', form).onclick = () => input.click();
      input.onchange = () => {
        add(input.files);
        input.value = '';
      };
      form.onpaste = (event) => {
        const { files, types } = /** @type {DataTransfer} */ (event.clipboardData);
        // A word processor puts a picture of its text beside the text.
        if (!files.length || types.includes('text/plain')) return;
        event.preventDefault();
        add(files);
      };
      drop.ondragover = drop.ondragleave = drop.ondrop = (event) => {
        const { type, dataTransfer, relatedTarget } = event;
        if (!dataTransfer?.types.includes('Files')) return;
        // Else the browser would leave the page for the file.
        event.preventDefault();
        if (!form.offsetParent) return;
        const stays = type === 'dragleave' && drop.contains(/** @type {Node | null} */ (relatedTarget));
        drop.classList.toggle('dropping', stays || type === 'dragover');
        if (type === 'drop') add(dataTransfer.files);
      };
    },
    /** What a post may name, in order. */
    get uploads() {
      return pieces.flatMap(({ upload }) => upload ?? []);
    },
    /** Whether one is still on its way. */
    get busy() {
      return pieces.some(isOnItsWay);
    },
    /** Those that are in a message now go; what failed stays to be read. */
    clear() {
      forget(({ upload }) => upload);
    },
  };
}

/** @param {Piece} piece */
function isOnItsWay({ row }) {
  return !row.dataset.state;
}
