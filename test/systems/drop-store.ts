import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { CordonError, isObject, parseJson, type Json } from '#kit'

import type { Product } from './product.ts'

const oracles = process.env['CORDON_ORACLES'] ?? join(process.cwd(), '.cordon', 'oracles')
const python = join(oracles, 's3', 'bin', 'python')
export const skip = existsSync(python) ? false : 'no oracle: run test/systems/install-s3-oracle.sh (needs Python 3.10)'

export type DropStore = Awaited<ReturnType<typeof startDropStore>>

/** A store that we did not write (moto), and who drops in it (AWS's own client), by a command a line. */
export async function startDropStore() {
  const child = spawn(python, [join(import.meta.dirname, 's3-oracle/store.py')], { stdio: ['pipe', 'pipe', 'ignore'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the store went away')
    const read: unknown = parseJson(value)
    return isObject(read) ? read : {}
  }
  const { url } = await answer()
  return {
    url: String(url),
    ask(command: Record<string, Json>) {
      child.stdin.write(`${JSON.stringify(command)}\n`)
      return answer()
    },
    close: () => child.kill(),
  }
}

const eventsAtOnce = 32

/** Numbers of a source's records in the log, as often as they stand there: those of all calls so far. */
export function numbersIn(cordon: Product, source: string): () => Promise<number[]> {
  let offset = 1
  const numbers: number[] = []
  const eventAt = (at: number) =>
    cordon.admin.api.call('event.show', { params: { offset: String(at) } }).catch((error: unknown) => {
      if (error instanceof CordonError && error.code === 'ERR_API_NOT_FOUND') return undefined
      throw error
    })
  return async () => {
    for (;;) {
      const events = await Promise.all(Array.from({ length: eventsAtOnce }, (_, at) => eventAt(offset + at)))
      for (const event of events) {
        if (event === undefined) return numbers
        offset++
        const raw = isObject(event.raw) ? event.raw : {}
        if (event.source === source && typeof raw['n'] === 'number') numbers.push(raw['n'])
      }
    }
  }
}
