import type { TestContext } from 'node:test'

import { createHttp, silentDiagnose, type Http } from '#kit'
import { defaultTenant, entityId } from '#model'
import { outputsWriter } from '#outputs/writer'
import { addSource, createBudgets, openSignedHttp, pullPatience, trackerJobs, type TrackerDesk } from '#sources'
import { sourcesWriter } from '#sources/writer'

import type { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { createTrackerDesk } from '../../../src/app/core/tracker-desk.ts'
import { createRegistry } from '../../../src/app/registry.ts'
import { credential, makeCore } from '../../simulation/respond-world.ts'

const tenant = defaultTenant
/** Its id names a person: planted where it must not come out. */
export const planted = 'ada.example'
const host = entityId('host', 'host', `laptop-of-${planted}`)
const preview = {
  effects: [`take the machine of ${planted} off the network`],
  reversible: true,
  undoWithinMs: null,
  residualMs: null,
  scopes: [],
  proofs: [],
}
const manual = { verb: 'manual.task', connector: 'manual', source: null, preview } as const

/** An incident with two tasks, a tracker for them, and hands that may die after any word to core. */
export async function openTracker(
  t: TestContext,
  at: {
    connector: string
    config: Record<string, unknown>
    see: Record<string, string>
    url: string
    clock: TwinClock
  },
) {
  const core = makeCore({ modules: [outputsWriter, sourcesWriter] })
  t.after(() => core.writer.close())
  const a = credential('a')
  const incident = await core.open(
    [
      { ...manual, target: host, phase: 'isolate', serves: [a] },
      { ...manual, target: a, phase: 'revoke' },
    ],
    {},
  )
  await core.responder.contain(tenant, incident, 'ann')
  const registry = createRegistry(undefined)
  const entry = registry.find(at.connector)
  if (entry === undefined) throw new Error(`no connector ${at.connector}`)
  const source = 'tracker'
  await core.writer.submit(
    addSource({
      tenant,
      id: source,
      connector: at.connector,
      config: at.config,
      authority: 'tracker.example',
      sealedSee: null,
      sealedContain: null,
      trust: 'vendor',
      scope: { about: [] },
      createdAtMs: 0,
    }),
  )
  const { clock } = at
  const desk = createTrackerDesk({
    tenant,
    reader: core.reader,
    writer: core.writer,
    registry,
    clock,
    responder: core.responder,
  })
  const config: unknown = entry.connector.config.parse(at.config)
  const http: Http = openSignedHttp({
    http: createHttp([at.url]),
    clock,
    unit: () => 0.5,
    budgets: createBudgets(clock),
    limits: entry.connector.limits ?? {},
    realms: { source, authority: source },
    lane: 'live',
    patience: pullPatience,
    auth: entry.connector.auth?.(config, 'see'),
    origins: [at.url],
    secrets: () => at.see,
  })
  const common = {
    tenant,
    source,
    revision: 1,
    config: at.config,
    http,
    clock,
    diagnose: silentDiagnose,
    see: () => at.see,
  }
  const turn = async (deafTo?: keyof TrackerDesk): Promise<void> => {
    const mortal = deafTo === undefined ? desk : { ...desk, [deafTo]: () => Promise.reject(new Error('killed')) }
    const [job] = trackerJobs(entry.connector, { ...common, desk: mortal })
    if (job === undefined) throw new Error('it tracks nothing')
    for await (const page of job.pull(null, AbortSignal.timeout(30_000)))
      if (page.events.length > 0) throw new Error('no event comes')
  }
  const signal = AbortSignal.timeout(30_000)
  return {
    desk,
    turn,
    core,
    incident,
    report: () => core.responder.report(tenant, incident),
    tasks: () => core.responder.tasks(tenant, incident),
    done: (action: Parameters<typeof core.responder.taskDone>[1]) =>
      core.responder.taskDone(tenant, action, 'bob', 'pulled the plug'),
    check: () => entry.connector.check({ config, see: at.see, http, clock, signal, diagnose: silentDiagnose }),
  }
}
