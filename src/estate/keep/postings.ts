/** People sets on disk: sorted distinct numbers as LEB128 deltas. Person numbers are dense, so a delta is mostly one byte. */
export function encodePeople(sorted: readonly number[] | Uint32Array): Uint8Array {
  const out = new Uint8Array(sorted.length * 5)
  let at = 0
  let before = 0
  for (const number of sorted) {
    let delta = number - before
    before = number
    while (delta >= 0x80) {
      out[at++] = (delta & 0x7f) | 0x80
      delta >>>= 7
    }
    out[at++] = delta
  }
  return out.slice(0, at)
}

export function decodePeople(bytes: Uint8Array): Uint32Array {
  const out: number[] = []
  let number = 0
  let delta = 0
  let shift = 0
  for (const byte of bytes) {
    delta |= (byte & 0x7f) << shift
    if (byte & 0x80) {
      shift += 7
      continue
    }
    number += delta
    out.push(number)
    delta = 0
    shift = 0
  }
  return Uint32Array.from(out)
}

/** Union of sorted sets, sorted and distinct. */
export function unionPeople(sets: readonly Uint32Array[]): Uint32Array {
  if (sets.length === 1 && sets[0] !== undefined) return sets[0]
  const all = new Set<number>()
  for (const set of sets) for (const number of set) all.add(number)
  return Uint32Array.from(all).toSorted()
}
