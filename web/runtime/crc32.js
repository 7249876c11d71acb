/**
 * CRC-32 as zlib's, by four tables ("slicing by 4": Kounavis & Berry 2005).
 *
 * @module crc32
 */

const POLYNOMIAL = 0xedb88320; // of IEEE 802.3, reflected

const TABLES = tables();

/** The checksum of `data`, or of what came before and `data`. @param {Uint8Array} data
 * @param {number} before the checksum so far @returns {number} from 0 to 2**32 - 1 */
export function crc32(data, before = 0) {
  const [first, second, third, fourth] = TABLES;
  const fours = data.length & ~3;
  let crc = ~before;
  for (let at = 0; at < fours; at += 4) {
    crc ^= data[at] | (data[at + 1] << 8) | (data[at + 2] << 16) | (data[at + 3] << 24);
    crc =
      fourth[crc & 255] ^ third[(crc >>> 8) & 255] ^ second[(crc >>> 16) & 255] ^ first[crc >>> 24];
  }
  for (let at = fours; at < data.length; at += 1) {
    crc = first[(crc ^ data[at]) & 255] ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

/** Table n holds the checksum of each byte followed by n zeros. */
function tables() {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
  const all = [first];
  for (let zeros = 1; zeros < 4; zeros += 1) {
    all.push(all[zeros - 1].map((crc) => first[crc & 255] ^ (crc >>> 8)));
  }
  return all;
}
