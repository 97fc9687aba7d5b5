/**
 * HalfSipHash-1-3 of a text's UTF-16LE bytes under a key of two 32-bit words, as a signed 32-bit integer
 * (https://github.com/veorq/SipHash; the variant that Linux keeps for its hash tables). Whoever does not know the key cannot
 * choose texts that fall on one place of a table; it authenticates nothing.
 */
export function halfSipHash(text: string, key0: number, key1: number): number {
  let v0 = key0
  let v1 = key1
  let v2 = 0x6c796765 ^ key0
  let v3 = 0x74656462 ^ key1
  const { length } = text
  // The last word holds the odd unit, if there is one, and the length in bytes; behind it come the three closing rounds.
  const words = (length >>> 1) + 1
  for (let word = 0; word < words + 3; word++) {
    let part = 0
    if (word < words - 1) part = text.charCodeAt(2 * word) | (text.charCodeAt(2 * word + 1) << 16)
    else if (word === words - 1) part = ((length & 1) === 1 ? text.charCodeAt(length - 1) : 0) | (length << 25)
    else if (word === words) v2 ^= 0xff
    v3 ^= part
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= part
  }
  return v1 ^ v3
}
