import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Below the ports that systems give to whoever names none (Linux from 32768, others from 49152): a free one from up there
 * may be the near end of anybody's connection before a server that starts, or starts again, has it.
 */
const portMin = 20_000
const portMax = 32_000
const triesMax = 50

/** A loopback port for a server that must be told which. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < triesMax; tries++) {
    const port = randomInt(portMin, portMax)
    if (await isFree(port)) return port
  }
  throw new Error(`none of ${triesMax} loopback ports from ${portMin} to ${portMax} was free`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
