/** Lets so many pass at once; the others wait in order. What it resolves to is called when done. */
export function createTurnstile(max: number): () => Promise<() => void> {
  let free = max
  const waiting: (() => void)[] = []
  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) free++
    else next()
  }
  return async () => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    return leave
  }
}
