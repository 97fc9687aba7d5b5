// npm run bench:sweep: so many public links, spread over owners, found by the check, planned, signed by two, closed and proven
// closed, and all put back, at the pace of the field against Google's twin with the vendor's limits. Time is virtual and
// stands still while a call travels. Baseline in the same run: a bare loop of the least calls (look, take, look), unlimited.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { assert, isObject } from '#kit'
import { defaultTenant } from '#model'

import { immortal } from '../test/conformance/google/fate.ts'
import { openSweep } from '../test/conformance/google/sweep-rig.ts'

const count = Number(process.env['BENCH_LINKS'] ?? 10_000)
const owners = Number(process.env['BENCH_OWNERS'] ?? 50)
const bareCount = Math.min(count, 1_000)
const folder = mkdtempSync(join(tmpdir(), 'cordon-bench-sweep-'))

const cpuMs = (): number => process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000
const minutes = (ms: number): string => `${(ms / 60_000).toFixed(1)} min`
const sweep = await openSweep(count, owners, immortal(), join(folder, 'store.sqlite'))
const { rig, desk, acting, responder } = sweep
const files = rig.twin.files.counts

async function timed<Result>(what: string, each: number, work: () => Promise<Result>) {
  const [realMs, startCpuMs, virtualMs] = [performance.now(), cpuMs(), acting.nowMs()]
  const result = await work()
  const cpu = cpuMs() - startCpuMs
  console.log(
    `${what}: ${minutes(acting.nowMs() - virtualMs)} of the twin's time, ${((performance.now() - realMs) / 1_000).toFixed(0)} s of real time, ${(cpu / 1_000).toFixed(1)} s of CPU, ${(cpu / each).toFixed(2)} ms each`,
  )
  return { result, cpuEach: cpu / each }
}

const before = JSON.stringify(sweep.held())
const isOpen = (): number => Object.values(sweep.held()).filter((links) => links.length > 0).length
const { result: incidents } = await timed(`${count} links found and planned`, count, async () => {
  const { batches } = await desk.fix({ what: { kind: 'link-anyone', max: 20_000 }, dryRun: false }, 'ada')
  return batches.flatMap(({ incident }) => incident ?? [])
})
for (const incident of incidents) await sweep.approve(incident)
const closing = await timed(`${count} links closed and proven, ${incidents.length} incidents`, count, () =>
  sweep.settle(incidents),
)
const actions = closing.result.flatMap((report) => report.actions)
const proven = actions.filter(({ state }) => state === 'contained')
console.log(
  `  ${proven.length} proven, ${actions.length - proven.length} not; open at the vendor ${isOpen()}; links taken ${files.taken}, Google said too fast ${files.limited} times`,
)
const opening = await timed(`${proven.length} links put back`, proven.length, async () => {
  for (const { id } of proven) await responder.undo(defaultTenant, id, 'ada')
  await sweep.settle(incidents)
})
const isSame = JSON.stringify(sweep.held()) === before
console.log(`  given ${files.given}; as it was before, role and kind of each: ${isSame ? 'yes' : 'NO'}`)

const scopes = [...(rig.world.delegations.get(rig.accounts.contain.client)?.scopes ?? [])]
const tokens = new Map(
  [...rig.world.users.keys()].map((user) => {
    return [user, rig.world.mint({ client: rig.accounts.contain.client, user, scopes, isDelegated: true })]
  }),
)
const some = [...rig.world.files.values()].slice(0, bareCount)
const bare = await timed(`baseline, ${bareCount} links in a bare loop`, bareCount, async () => {
  for (const { id, owner } of some) {
    const headers = { authorization: `Bearer ${tokens.get(owner) ?? ''}` }
    const at = `${rig.twin.url}/drive/v3/files/${id}/permissions`
    const look = async (): Promise<unknown> => (await fetch(at, { headers })).json()
    const listed = await look()
    const rows: unknown = isObject(listed) ? listed['permissions'] : []
    for (const row of Array.isArray(rows) ? rows : [])
      if (isObject(row) && row['type'] === 'anyone')
        await fetch(`${at}/${String(row['id'])}`, { method: 'DELETE', headers })
    await look()
    // The twin's bound of three writes a second is no part of the baseline.
    await acting.advance(1_000)
  }
})
console.log(
  `ratio of CPU to the bare loop, the twin's included in both: ${(closing.cpuEach / bare.cpuEach).toFixed(1)} closing, ${(opening.cpuEach / bare.cpuEach).toFixed(1)} putting back`,
)
assert(proven.length === count && isSame, 'every link was closed, proven, and put back')
await sweep.close()
rmSync(folder, { recursive: true, force: true })
