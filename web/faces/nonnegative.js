/** Least squares whose unknowns are not negative (Lawson & Hanson 1974, as Bro & de Jong 1997). */

const LEAST = 1e-9;

/** The x >= 0 that makes x' products x / 2 - wanted' x least. @param {number[][]} products [n, n],
 * positive definite @param {number[]} wanted [n] @returns {number[]} [n] */
export function nonnegative(products, wanted) {
  const count = wanted.length;
  let x = new Array(count).fill(0);
  /** @type {number[]} */
  let active = [];
  for (let round = 0; round < 3 * count; round += 1) {
    const best = steepest(products, wanted, x, active);
    if (best < 0) break;
    active.push(best);
    while (active.length > 0) {
      const own = active;
      const solved = solve(
        own.map((i) => own.map((j) => products[i][j])),
        own.map((i) => wanted[i]),
      );
      if (Math.min(...solved) > 0) {
        x = new Array(count).fill(0);
        own.forEach((i, k) => {
          x[i] = solved[k];
        });
        break;
      }
      const steps = own.map((i, k) =>
        solved[k] <= 0 ? x[i] / (x[i] - solved[k] + LEAST ** 2) : Number.POSITIVE_INFINITY,
      );
      const step = Math.min(...steps);
      own.forEach((i, k) => {
        x[i] += step * (solved[k] - x[i]);
      });
      active = own.filter((i) => x[i] > LEAST);
    }
  }
  return x;
}

/** Which unknown that is not active would gain most; -1 if none would. @param {number[][]} products
 * @param {number[]} wanted @param {number[]} x @param {number[]} active */
function steepest(products, wanted, x, active) {
  let [best, most] = [-1, LEAST];
  for (let i = 0; i < wanted.length; i += 1) {
    const slope = wanted[i] - dot(products[i], x);
    if (slope > most && !active.includes(i)) [best, most] = [i, slope];
  }
  return best;
}

/** The solution of a system, by elimination; both arguments are used up. @param {number[][]} matrix
 * [n, n], positive definite @param {number[]} right [n] @returns {number[]} [n] */
function solve(matrix, right) {
  const count = right.length;
  for (let k = 0; k < count; k += 1) {
    for (let i = k + 1; i < count; i += 1) {
      const factor = matrix[i][k] / matrix[k][k];
      for (let j = k; j < count; j += 1) matrix[i][j] -= factor * matrix[k][j];
      right[i] -= factor * right[k];
    }
  }
  for (let k = count - 1; k >= 0; k -= 1) {
    for (let j = k + 1; j < count; j += 1) right[k] -= matrix[k][j] * right[j];
    right[k] /= matrix[k][k];
  }
  return right;
}

/** @param {ArrayLike<number>} a @param {ArrayLike<number>} b */
export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i] * b[i];
  return sum;
}
