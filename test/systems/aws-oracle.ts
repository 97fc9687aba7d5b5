import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { isJsonObject, parseJson, type Json, type JsonObject } from '#kit'

const oracles = process.env['CORDON_ORACLES'] ?? join(process.cwd(), '.cordon', 'oracles')
const python = join(oracles, 's3', 'bin', 'python')
export const skip = existsSync(python) ? false : 'no oracle: run test/systems/install-s3-oracle.sh (needs Python 3.10)'

export type Held = { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
export type AwsOracle = Awaited<ReturnType<typeof startAwsOracle>>

/** moto's server and AWS's own client for Python, by a command a line. */
export async function startAwsOracle() {
  const script = join(import.meta.dirname, 'aws-oracle/account.py')
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'ignore'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async (): Promise<JsonObject> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the oracle went away')
    const read = parseJson(value)
    assert.ok(isJsonObject(read) && read['failed'] === undefined, value)
    return read
  }
  const ask = (command: JsonObject): Promise<JsonObject> => {
    child.stdin.write(`${JSON.stringify(command)}\n`)
    return answer()
  }
  const { url } = await answer()
  assert.ok(typeof url === 'string')
  return {
    url,
    /** From now on each call is checked, after `free` more. */
    guard: (free = 0) => ask({ do: 'guard', free }),
    /** boto3's answer, or `{refused: CODE}`. Without keys: as the first account's root, while nothing is checked. */
    call: (service: string, operation: string, args: JsonObject, more: { keys?: Held; at?: string } = {}) =>
      ask({ do: 'call', service, operation, args, ...more }),
    /** An answer as AWS's own description of the service says it is to be read. */
    read: (service: string, operation: string, answered: { status: number; headers: JsonObject; body: string }) =>
      ask({ do: 'read', service, operation, ...answered }),
    close: () => child.kill(),
  }
}

/** Where an answer has something, lists and their places aside: `Users.UserName`. */
export function pathsOf(value: Json | undefined, at = ''): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((one) => pathsOf(one, at)))]
  if (value === undefined || value === null) return []
  if (!isJsonObject(value)) return [at]
  return Object.entries(value).flatMap(([name, one]) => pathsOf(one, at === '' ? name : `${at}.${name}`))
}
