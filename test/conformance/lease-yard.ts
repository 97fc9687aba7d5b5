import { setTimeout as wait } from 'node:timers/promises'

import { ManualClock, seededBytes, seededRandom, silentDiagnose, type Clock, type Http } from '#kit'
import { defaultTenant, entityId, type Edge, type EntityFact, type EntityId, type IncidentId } from '#model'
import { createMemoryEstate, type EstateView } from '#estate'
import { createKeys, keysWriter } from '#guards'
import { keysConfig, nameKey } from '#connectors/keys'
import { openLeaseTime } from '#leases'
import { leasesWriter } from '#leases/writer'
import { createPolicy, type Policy } from '#policy'
import { respondWriter } from '#respond'
import { findingsWriter } from '#respond/findings'
import type { SourceHandle } from '#respond/hands'
import { openLocalStore } from '#store'

import { createLeaseDesk } from '../../src/app/core/lease-desk.ts'
import { createLeaseWatch } from '../../src/app/core/lease-watch.ts'
import { composeResponse } from '../../src/app/core/response.ts'
import { createRegistry } from '../../src/app/registry.ts'
import { addSource, sourcesWriter } from '#sources'
import {
  enroll,
  keepReceipt,
  receiptsModule,
  signApproval,
  startMs,
  type Core,
  type Signer,
} from '../simulation/respond-world.ts'
import { startMortalHands, type Dies } from './mortal-hands.ts'

const tenant = defaultTenant
export const okta = '00oexample0000000001'
export const who = (native: string): EntityId => entityId('identity', okta, native)
export const robot = entityId('identity', 'cordon', 'svc-annotator')
export const hourMs = 3_600_000
/** Loading policies takes long. */
const usual = createPolicy()
const registry = createRegistry(undefined, [])

/** A vendor's own source beside the two: what hands act with there, and how its clock goes on with the yard's. */
export type Vendor = {
  source: { id: string; connector: string; authority: string }
  secrets: Readonly<Record<string, string>>
  handle(through: (http: Http) => Http): SourceHandle
  pass(ms: number): void
}

/**
 * Leases from the desk to hands, on a clock that the test moves: Cordon's own key and its table for a vendor, so that what
 * opens is asked of the table itself. Core and hands start anew as often as the test likes; the store stays.
 */
export async function openLeaseYard(
  parts: {
    edges?: readonly Edge[]
    facts?: readonly EntityFact[]
    policy?: Policy
    vendor?: Vendor
    view?: () => Promise<EstateView>
  } = {},
) {
  const clock = new ManualClock(startMs)
  // What the wall clock of the machine says; leases must not live by it alone.
  let shiftMs = 0
  const wall: Clock = {
    nowMs: () => clock.nowMs() + shiftMs,
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  }
  const store = openLocalStore([
    sourcesWriter,
    receiptsModule,
    respondWriter({ receipts: keepReceipt }),
    findingsWriter,
    keysWriter,
    leasesWriter,
  ])
  const { writer, reader } = store
  const keys = createKeys({ writer, reader, clock: wall, random: seededBytes(seededRandom(5)) })
  const issued = await keys.issue(tenant, robot, ['gateway'])
  await keys.kill(tenant, issued.id)
  const key = nameKey(issued.id)
  const facts = [...(parts.facts ?? [])]
  facts.push({
    entity: robot,
    observedAtMs: startMs,
    attributes: { name: 'svc-annotator', mail: 'Annotator@example.com' },
  })
  facts.push({ entity: key, observedAtMs: startMs, attributes: { owner: robot, enabled: false } })
  const view = parts.view ?? (() => Promise.resolve(createMemoryEstate({ edges: [...(parts.edges ?? [])], facts })))
  const sources = [
    { id: 'cordon-keys', connector: 'keys', authority: 'cordon' },
    { id: 'okta', connector: 'okta', authority: okta },
    ...(parts.vendor === undefined ? [] : [parts.vendor.source]),
  ]
  for (const { id, connector, authority } of sources) {
    const scope = registry.find(connector)?.scope(authority) ?? { about: [] }
    const made = { tenant, id, connector, authority, scope, config: {}, trust: 'vendor', sealedSee: null } as const
    await writer.submit(addSource({ ...made, sealedContain: 'sealed', createdAtMs: startMs }))
  }
  const policy = parts.policy ?? usual

  const startCore = () => {
    const { responder, desk } = composeResponse({
      writer,
      reader,
      view,
      policy,
      registry,
      health: new Map(),
      clock: wall,
      random: seededBytes(seededRandom(clock.nowMs())),
      diagnose: silentDiagnose,
      onWork: () => undefined,
    })
    const time = openLeaseTime({ tenant, clock: wall, reader, writer })
    const common = { tenant, clock: wall, reader, writer, responder, time, view, registry, diagnose: silentDiagnose }
    const random = seededBytes(seededRandom(clock.nowMs() + 1))
    return {
      responder,
      desk,
      time,
      leases: createLeaseDesk({ ...common, random, sources: { list: () => sources } }),
      watch: createLeaseWatch(common),
    }
  }
  let core = startCore()
  let hands: ReturnType<typeof startMortalHands> | undefined
  let workers = 0
  /** Calls over loopback take real time: until hands have made none for a while. */
  const quiet = async (): Promise<void> => {
    for (let idle = 0, n = 0; idle < 3 && n < 5_000; n++) {
      await wait(1)
      idle = hands?.isBusy() === true ? 0 : idle + 1
    }
  }
  const yard = {
    clock,
    wall,
    reader,
    writer,
    keys,
    key,
    token: issued.token,
    get core() {
      return core
    },
    get hands() {
      return hands
    },
    opens: async () => (await keys.verify(tenant, issued.token)).verdict === 'live',
    setWallBack: (ms: number) => void (shiftMs -= ms),
    /** Core is killed and starts anew. */
    restartCore: () => void (core = startCore()),
    startHands(dies: Dies = () => undefined) {
      hands?.end()
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- hands asks of core its desk and its clock alone
      const mine = { desk: core.desk, clock: wall } as unknown as Core
      hands = startMortalHands({
        core: mine,
        worker: `hands-${++workers}`,
        dies,
        limits: { leaseMs: 3_000, requestTimeoutMs: 1_000, idleMs: 1_500 },
        home: keys.home(tenant),
        sources: (through) => ({
          sourceFor: ({ source }) =>
            parts.vendor !== undefined && source === parts.vendor.source.id
              ? parts.vendor.handle(through)
              : {
                  config: keysConfig.parse({}),
                  authority: 'cordon',
                  http: { request: () => Promise.reject(new Error('no network here')) },
                  isOwn: () => false,
                  spared: [],
                },
          unseal: (source) => Promise.resolve(source === parts.vendor?.source.id ? (parts.vendor?.secrets ?? {}) : {}),
        }),
      })
      return hands
    },
    approver: (name: string, first?: Signer) => enroll({ responder: core.responder, clock }, name, first),
    approve: (
      signer: Signer,
      { plan, incident, verb }: { plan: string | null; incident: IncidentId; verb: string | null },
    ) =>
      core.responder.approve(
        tenant,
        signApproval(signer, plan ?? '', incident, wall.nowMs(), {
          envelope: {
            verbs: [verb ?? ''],
            connectors: ['keys', 'okta', ...(parts.vendor === undefined ? [] : [parts.vendor.source.connector])],
            furtherTargetsMax: 0,
            expiresAtMs: wall.nowMs() + hourMs,
          },
        }),
      ),
    /** Time passes in small steps, and whoever watches looks at each. */
    async pass(ms: number, stepMs = 1_000) {
      for (let left = ms; left > 0; left -= stepMs) {
        await clock.advance(Math.min(stepMs, left))
        if (parts.vendor !== undefined) {
          parts.vendor.pass(Math.min(stepMs, left))
          await quiet()
        }
        await core.watch.run()
      }
    },
    askForKey: (forMs = hourMs, by = 'bob') => core.leases.ask({ of: robot, what: key, forMs, why: 'release 12' }, by),
    close() {
      hands?.end()
      store.close()
    },
  }
  return yard
}
