/** What a mistyped name was meant to be. */

/** The name that a mistyped one is nearest to, if no more than a third of it has to change.
 * @param {string} typed @param {readonly string[]} names @returns {string | undefined} */
export function nearest(typed, names) {
  const distances = names.map((name) => distance(typed.toLowerCase(), name.toLowerCase()));
  const least = Math.min(...distances);
  return least <= typed.length / 3 ? names[distances.indexOf(least)] : undefined;
}

/** Letters to put in, leave out or change on the way from one to the other (Levenshtein 1966).
 * @param {string} from @param {string} to @returns {number} */
function distance(from, to) {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const changed = row[j] + (letter === to[j] ? 0 : 1);
      next.push(Math.min(changed, row[j + 1] + 1, next[j] + 1));
    }
    row = next;
  }
  return row[to.length];
}
