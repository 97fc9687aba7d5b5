import { systemClock } from '#kit'
import type { CliIo } from '#cli'

/** The real terminal. A closed pipe (`| head`) is no error. */
export function processIo(): CliIo {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  return {
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
    stdin: () => process.stdin,
    env: process.env,
    clock: systemClock,
    isTty: process.stdout.isTTY,
    columns: process.stdout.columns ?? 100,
  }
}
