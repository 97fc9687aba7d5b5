/**
 * From a finding to the durable attempt before the first call (open with plan, claim, attempt), on a store on disk, beside
 * the named baseline: three synced commits of one row each. Assessment is a stub: what is timed is response's own part.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { assert } from '#kit'
import { defaultTenant } from '#model'
import { command, handler, openLocalStore } from '#store'

import { credential, makeCore } from '../test/simulation/respond-world.ts'

const rounds = 300
const folder = mkdtempSync(join(tmpdir(), 'cordon-bench-respond-'))
const quantile = (times: readonly number[], q: number): number =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0
const show = (ms: number): string => `${ms.toFixed(1)} ms`

const put = command<number, null>('baseline.put')
const plain = openLocalStore(
  [
    {
      name: 'baseline',
      migrations: ['CREATE TABLE baseline (n INTEGER PRIMARY KEY) STRICT'],
      handlers: [
        handler(put, (tx, n) => {
          tx.run('INSERT INTO baseline VALUES (?)', n)
          return null
        }),
      ],
    },
  ],
  join(folder, 'baseline.sqlite'),
)
const core = makeCore({ path: join(folder, 'respond.sqlite') })

const baseline: number[] = []
const response: number[] = []
for (let round = 0; round < rounds; round++) {
  const bareMs = performance.now()
  for (let commit = 0; commit < 3; commit++) await plain.writer.submit(put(round * 3 + commit))
  baseline.push(performance.now() - bareMs)

  const target = credential(`k-${round}`)
  const startMs = performance.now()
  await core.open([{ target, connector: `c-${round}`, source: `s-${round}` }], {
    containBy: 'automation',
    trigger: { kind: 'credential', credential: target },
  })
  const [action] = await core.desk.claim('bench', 1, 30_000)
  assert(action !== undefined, 'the newest action is claimed')
  await core.desk.attempt(action.id, action.fence, null)
  response.push(performance.now() - startMs)
}
for (const q of [0.5, 0.99]) {
  const ours = quantile(response, q)
  const bare = quantile(baseline, q)
  console.log(
    `finding to attempt, p${q * 100}: ${show(ours)} = ${(ours / bare).toFixed(1)} x three bare synced commits`,
  )
}

for (const steps of [100, 1_000]) {
  const big = makeCore({ path: join(folder, `plan-${steps}.sqlite`) })
  const wishes = Array.from({ length: steps }, (_, index) => ({ target: credential(`k-${index}`), level: 1 as const }))
  const bareMs = performance.now()
  await plain.writer.submit(put(1_000_000 + steps))
  const bare = performance.now() - bareMs
  const startMs = performance.now()
  const incident = await big.open(wishes, { containBy: 'automation' })
  const opened = performance.now() - startMs
  const reportMs = performance.now()
  await big.responder.report(defaultTenant, incident)
  const reported = performance.now() - reportMs
  console.log(
    `plan of ${steps} steps kept: ${show(opened)} = ${(opened / bare).toFixed(0)} x one bare synced commit; report ${show(reported)}`,
  )
}
plain.close()
rmSync(folder, { recursive: true, force: true })
