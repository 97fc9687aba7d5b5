const slices = 8

/**
 * Runs each work `rounds` times in all: how often in a second of processor time. The best of the slices counts, since
 * neighbours on the machine only ever slow one down.
 */
export function bestRates(rounds: number, works: Record<string, (at: number) => unknown>): Map<string, number> {
  const best = new Map<string, number>()
  for (let slice = 0; slice < slices; slice++) {
    for (const [name, work] of Object.entries(works)) {
      const before = process.cpuUsage()
      let kept: unknown
      for (let at = 0; at < rounds / slices; at++) kept = work(at)
      const { user, system } = process.cpuUsage(before)
      if (kept === undefined) throw new Error('nothing was made')
      best.set(name, Math.max(best.get(name) ?? 0, (rounds / slices / (user + system)) * 1e6))
    }
  }
  return best
}
