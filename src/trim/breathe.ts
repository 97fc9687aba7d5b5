/** So many steps of a long count are taken at a time: others share its thread. */
const stepsMax = 500

/** Awaited at each step, lets others in now and then. */
export function breather(): () => Promise<void> | undefined {
  let steps = 0
  return () => (++steps % stepsMax === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined)
}
