import assert from 'node:assert/strict'

import { ManualClock, type Clock } from '#kit'
import { defaultTenant } from '#model'
import { ledgerWriter } from '#ledger/writer'
import { identitiesWriter } from '#identities/writer'
import { postureWriter } from '#posture/writer'
import { openLocalStore } from '#store'

import type { TwinUser } from '../../../lab/twins/google/index.ts'
import { createPostureDesk } from '../../../src/app/core/posture-desk.ts'
import { openContainment, type Fate } from '../estate/containment.ts'
import { openCordon } from '../estate/cordon.ts'
import { registry } from '../estate/source.ts'
import { makeRig, SteppingClock } from './rig.ts'

const dayMs = 86_400_000
const kinds = [
  { role: 'reader' },
  { role: 'writer' },
  { role: 'commenter' },
  { role: 'reader', isFound: true },
  { role: 'writer', isFound: true },
] as const

/** A company whose files are open to whoever has the link, read by Cordon, and Cordon's whole way from finding to proof. */
export async function openSweep(links: number, owners: number, fate: Fate, path?: string) {
  const reading = new SteppingClock()
  let now: Clock = reading
  const time: Clock = {
    nowMs: () => now.nowMs(),
    monotonicMs: () => now.monotonicMs(),
    sleep: (ms, signal) => now.sleep(ms, signal),
  }
  const rig = await makeRig(time)
  const { people, world } = rig
  const users = Array.from({ length: owners }, (_, n) => people.hire(`Owner ${n}`))
  for (let n = 0; n < links; n++) {
    const owner: TwinUser | undefined = users[n % owners]
    const kind = kinds[n % kinds.length]
    assert.ok(owner && kind)
    people.share(owner, { id: `file-${n}` }, kind)
  }
  reading.pass(10 * 60_000)
  const setup = {
    connector: 'google',
    config: JSON.parse(JSON.stringify(rig.config)),
    see: { key: rig.accounts.see.keyFile },
    contain: { key: rig.accounts.contain.keyFile },
  }
  const cordon = await openCordon([setup], reading, dayMs, path === undefined ? {} : { path })
  const acting = new ManualClock(reading.nowMs())
  now = acting
  const pace = { callsAtOnceMax: 4, callsPerMinuteMax: 300 }
  const containment = await openContainment(cordon, [setup], acting, pace, fate)
  await containment.addSigner()
  const desk = createPostureDesk({
    ...openLocalStore([ledgerWriter, postureWriter, identitiesWriter]),
    tenant: defaultTenant,
    clock: acting,
    view: () => Promise.resolve(cordon.graph.view()),
    sources: {
      list: () => [
        {
          id: 'google',
          connector: 'google',
          authority: rig.authority,
          state: 'active',
          streams: [{ name: 'log-drive', lastSuccessAtMs: acting.nowMs() }],
        },
      ],
    },
    registry,
    readSince: () => 0,
    responder: containment.responder,
    receipt: () => assert.fail('nobody decides anything here'),
  })
  /** Who opens each file, as Google holds it. */
  const held = (): Record<string, string[]> =>
    Object.fromEntries(
      [...world.files.values()].map(({ id, permissions }) => [
        id,
        [...permissions.values()].map((one) => `${one.id} ${one.role} ${String(one.allowFileDiscovery)}`),
      ]),
    )
  return {
    rig,
    desk,
    acting,
    ...containment,
    held,
    async close() {
      cordon.close()
      await rig.twin.close()
    },
  }
}
