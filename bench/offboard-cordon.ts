/**
 * Cordon's side of `npm run bench:offboard`, a process of its own that may be killed: reads the vendors and the register,
 * tells who ended, opens and approves the incidents, acts and proves, on a store on disk behind its own thread W. Started
 * again on the same folder, it goes on from what the store holds.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { assert, systemClock, type Http } from '#kit'
import { defaultTenant, type EntityId, type IncidentId } from '#model'
import { endedRule } from '#people'
import type { IncidentReport } from '#respond'
import { waitingFindings } from '#respond/findings'
import { budgetOf, listSources } from '#sources'
import type { Limits } from '#sources/contract'
import { openReader, startWriter } from '#store'

import type { SourceSetup } from '../lab/estate/truth.ts'
import { createPeopleDesk } from '../src/app/core/people-desk.ts'
import { createPeopleWatch } from '../src/app/core/people-watch.ts'
import { openContainment, unlimited } from '../test/conformance/estate/containment.ts'
import { openCordon } from '../test/conformance/estate/cordon.ts'
import { registered } from '../test/conformance/estate/source.ts'

export type Given = { folder: string; setups: SourceSetup[]; people: SourceSetup; accounts: Record<string, string> }
/** What the other process is told. `calls`: of each vendor and budget. */
export type Told =
  | { what: 'timed'; step: string; ms: number; cpuMs: number; says: string }
  | { what: 'read' }
  | { what: 'progress'; settled: number; steps: number }
  | { what: 'done'; cpuMs: number; actMs: number; calls: Calls }
export type Calls = Record<string, { calls: number; budgets: Record<string, { calls: number; perMinute: number }> }>
/** What is left in the folder at the end. */
export type Outcome = {
  authorities: [string, string][]
  left: { person: EntityId; accounts: EntityId[] }[]
  incidents: { id: IncidentId; state: string; steps: number; tasks: { target: EntityId; says: string[] }[] }[]
  dead: string[]
  survivors: { credential: string; why: string; next: string }[]
  /** Of each verb: how many steps, and the longest from what was done until its proof. */
  verbs: Record<string, { steps: number; proofMs: number }>
}

const [file] = process.argv.slice(2)
assert(file !== undefined, 'the file of what is given')
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the starter of this process writes exactly this
const { folder, setups, people, accounts } = JSON.parse(readFileSync(file, 'utf8')) as Given
const at = { store: join(folder, 'store.sqlite'), begun: join(folder, 'begun.json'), outcome: join(folder, 'out.json') }
const tell = (told: Told): void => void process.send?.(told)
const cpuMs = (): number => process.cpuUsage().user / 1_000 + process.cpuUsage().system / 1_000
async function timed<Result>(step: string, work: () => Promise<Result>, says: (result: Result) => string = () => '') {
  const [startMs, startCpuMs] = [performance.now(), cpuMs()]
  const result = await work()
  tell({ what: 'timed', step, ms: performance.now() - startMs, cpuMs: cpuMs() - startCpuMs, says: says(result) })
  return result
}

const calls: Calls = {}
const limitsOf = (connector: string): Limits => registered(connector).connector.limits ?? {}
/** Counts what goes to a vendor, under the allowance that it draws on. */
const counted = (http: Http, connector: string): Http => ({
  request(url, request = {}) {
    const known = (calls[connector] ??= { calls: 0, budgets: {} })
    const budget = budgetOf(limitsOf(connector), request)
    known.calls++
    if (budget !== undefined) (known.budgets[budget.name] ??= { calls: 0, perMinute: budget.perMinute }).calls++
    return http.request(url, request)
  },
})

type Begun = { authorities: [string, string][]; incidents: IncidentId[]; left: Outcome['left'] }
const tenant = defaultTenant
const clock = systemClock
const isAgain = existsSync(at.begun)
const writer = await startWriter(new URL(import.meta.resolve('#app/writer-thread')), { path: at.store })
const reader = openReader(at.store)
const store = { writer, reader, close: () => reader.close() }
const cordon = await timed(
  isAgain ? 'store and estate opened again' : 'vendors’ inventories read, Okta’s factors left out',
  () => openCordon(isAgain ? [] : setups, clock, 0, { store, without: ['factors'], isUnlimited: true }),
)
const view = () => Promise.resolve(cordon.graph.view())

async function begin(): Promise<Begun> {
  const at = (vendor: string): string => cordon.authorities.get(vendor) ?? ''
  // Which column of the register names accounts where: known once the vendors have said who they are.
  people.config['accounts'] = Object.fromEntries(
    Object.entries(accounts).map(([vendor, column]) => [column, at(vendor)]),
  )
  await timed('register read for the first time', () => cordon.connect(people))
  tell({ what: 'read' })
  await new Promise((resolve) => process.once('message', resolve))
  await timed('the day’s export read', () => cordon.connect(people))
  const watch = createPeopleWatch({
    tenant,
    clock,
    writer,
    view,
    responder: { list: () => [] },
    sources: () => listSources(reader, tenant),
    onFindings: () => undefined,
  })
  const kept = () =>
    waitingFindings(reader, tenant, 0, 1_000).filter(({ finding: { rule } }) => rule === endedRule).length
  await timed(
    'ended, still active: looked for and told',
    () => watch.run(),
    () => `${kept()} findings`,
  )
  const { addSigner, approve, responder } = await contain()
  await addSigner()
  const desk = createPeopleDesk({
    tenant,
    clock,
    view,
    responder,
    sources: () => listSources(reader, tenant),
    feed: () => Promise.reject(new Error('no export is believed here')),
    receipt: (what) => ({ name: 'receipt', args: what }),
  })
  const { batches, ambiguous } = await timed('incidents opened with their plans', () =>
    desk.offboard({ people: 'ended', dryRun: false }, 'hr'),
  )
  assert(ambiguous.length === 0, 'nobody’s account leads to two people')
  const incidents = batches.flatMap(({ incident }) => incident ?? [])
  const begun = { authorities: [...cordon.authorities], incidents, left: batches.flatMap((one) => one.people) }
  await timed('plans approved by two people', async () => {
    for (const incident of incidents) await approve(incident)
  })
  return begun
}

const fate = {
  desk: <Desk>(desk: Desk): Desk => desk,
  hands: (http: Http): Http => http,
  wire: counted,
  limits: {},
  quiet: () => Promise.resolve(),
  isDead: () => false,
  revive: () => undefined,
}
const contain = () => openContainment(cordon, setups, clock, unlimited, fate)

let begun: Begun
if (isAgain) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an earlier life of this process wrote it
  begun = JSON.parse(readFileSync(at.begun, 'utf8')) as Begun
  for (const [connector, authority] of begun.authorities) cordon.authorities.set(connector, authority)
} else {
  begun = await begin()
  writeFileSync(at.begun, JSON.stringify(begun))
}
const { settle } = await contain()
const [startMs, startCpuMs] = [performance.now(), cpuMs()]
const resting = new Set(['proposed', 'awaiting-approval', 'contained', 'failed', 'unknown', 'undone'])
const reports = await settle(begun.incidents, (all) => {
  const counts = all.flatMap((steps) => Object.entries(steps))
  const sum = (some: typeof counts): number => some.reduce((total, [, n]) => total + n, 0)
  tell({ what: 'progress', settled: sum(counts.filter(([state]) => resting.has(state))), steps: sum(counts) })
})
const actMs = performance.now() - startMs
writeFileSync(at.outcome, JSON.stringify(outcomeOf(reports)))
tell({ what: 'done', cpuMs: cpuMs() - startCpuMs, actMs, calls })
await writer.close()
process.exit(0)

function verbsOf(all: readonly IncidentReport[]): Outcome['verbs'] {
  const verbs: Outcome['verbs'] = {}
  for (const { verb, appliedAtMs, provenAtMs } of all.flatMap(({ actions }) => actions)) {
    const known = (verbs[verb] ??= { steps: 0, proofMs: 0 })
    known.steps++
    if (appliedAtMs !== null && provenAtMs !== null) known.proofMs = Math.max(known.proofMs, provenAtMs - appliedAtMs)
  }
  return verbs
}

function outcomeOf(all: readonly IncidentReport[]): Outcome {
  return {
    authorities: begun.authorities,
    left: begun.left,
    incidents: all.map(({ incident: { id, state }, actions, tasks }) => ({
      id,
      state,
      steps: actions.length,
      tasks: tasks.map(({ target, says }) => ({ target, says })),
    })),
    dead: all.flatMap(({ dead }) => dead.map(({ credential }) => credential)),
    survivors: all.flatMap(({ survivors }) =>
      survivors.map(({ credential, why, next }) => ({ credential, why, next })),
    ),
    verbs: verbsOf(all),
  }
}
