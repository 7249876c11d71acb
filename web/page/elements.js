/** The page's elements, by their ids. */

/**
 * The element with an id; throws a TypeError if it is missing or of another kind.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function elementById(id, kind) {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new TypeError(`#${id} is not a ${kind.name}`);
  return element;
}

/** The button with an id. @param {string} id */
export const buttonById = (id) => elementById(id, HTMLButtonElement);
