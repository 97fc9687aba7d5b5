import { ManualClock, seededBytes, seededRandom, silentDiagnose } from '#kit'
import { defaultTenant, entityId, type Edge, type EdgeType, type EntityFact, type EntityId } from '#model'
import { createMemoryEstate, type EstateView } from '#estate'
import { createPolicy } from '#policy'
import { respondWriter } from '#respond'
import { findingsWriter } from '#respond/findings'
import { reviewsWriter } from '#reviews/writer'
import { addSource, sourcesWriter } from '#sources'
import { openLocalStore } from '#store'
import type { Proposal } from '#trim'

import { composeResponse } from '../../src/app/core/response.ts'
import { createReviewClosing } from '../../src/app/core/review-closing.ts'
import { createReviewDesk } from '../../src/app/core/review-desk.ts'
import { createRegistry } from '../../src/app/registry.ts'
import { appendReceiptHere, keepReceipt, receiptsModule, startMs } from '../simulation/respond-world.ts'

const tenant = defaultTenant
export const okta = '00oexample0000000001'
export const dayMs = 86_400_000
export const who = (native: string): EntityId => entityId('identity', okta, native)
export const ann = who('00u1ann')
export const bob = who('00u1bob')
export const cyd = who('00u1cyd')
export const dee = who('00u1dee')
export const group = who('00g1people')
const outer = who('00g1outer')
export const table = entityId('resource', okta, 'app/payroll')
export const app = entityId('app', okta, '0oa1wiki')
export const grant = entityId('credential', okta, 'grant/00u1cyd/oag1')
const registry = createRegistry(undefined, [])
const policy = createPolicy()

export type Ground = { edges: Edge[]; facts: EntityFact[]; unused: EntityId[]; asOf: number }
export const edge = (src: EntityId, type: EdgeType, dst: EntityId, n: number): Edge => ({
  edge: n,
  src,
  type,
  dst,
  validFrom: 1,
  validTo: null,
  observedAtMs: startMs,
  confidence: 'observed',
  conditional: false,
  note: null,
  evidence: n,
})
export const fact = (entity: EntityId, attributes: EntityFact['attributes']): EntityFact => ({
  entity,
  observedAtMs: startMs,
  attributes,
})
export const grounds = (): Ground => ({
  edges: [
    ...[ann, bob, cyd].map((one, n) => edge(one, 'MEMBER_OF', group, n + 1)),
    edge(group, 'CAN_READ', table, 10),
    edge(dee, 'CAN_READ', table, 11),
    edge(grant, 'AUTHENTICATES_AS', cyd, 12),
  ],
  facts: [
    fact(ann, { name: 'Ann', login: 'ann@example.com' }),
    fact(bob, { name: 'Bob', login: 'BOB@example.com' }),
    fact(cyd, { name: 'Cyd', login: 'cyd@example.com' }),
    fact(dee, { name: 'Dee' }),
    fact(group, { name: 'People', kind: 'group', owner: 'ann@example.com' }),
    fact(table, { name: 'Payroll' }),
    fact(app, { name: 'Wiki' }),
    fact(grant, { kind: 'grant', client: '0oa1wiki', lastUsedAtMs: startMs - 200 * dayMs }),
    fact(outer, { name: 'Outer' }),
  ],
  unused: [cyd],
  asOf: 7,
})
const users = ['ann@example.com', 'bob@example.com', 'Zoe']

/** A source that is no Okta, and what it states. */
type Elsewhere = {
  source: { id: string; connector: string; authority: string; config: Record<string, unknown> }
  view(): Promise<EstateView>
}

/** Reviews from the desk to the plans they make, over an estate that the test holds in hand; one group of Okta's, and what it opens. */
export async function openReviewYard(ground = grounds(), elsewhere?: Elsewhere) {
  const clock = new ManualClock(startMs)
  const store = openLocalStore([
    sourcesWriter,
    receiptsModule,
    respondWriter({ receipts: keepReceipt }),
    findingsWriter,
    reviewsWriter,
  ])
  const { writer, reader } = store
  const config = { orgUrl: 'https://example.okta.com', clientId: 'see', containClientId: 'act' }
  const source = elsewhere?.source ?? { id: 'okta', connector: 'okta', authority: okta, config }
  const made = { tenant, ...source, trust: 'vendor' } as const
  const scope = registry.find(source.connector)?.scope(source.authority) ?? { about: [] }
  await writer.submit(addSource({ ...made, scope, sealedSee: null, sealedContain: 'sealed', createdAtMs: startMs }))
  const view = elsewhere?.view ?? (() => Promise.resolve({ ...createMemoryEstate(ground), asOf: ground.asOf }))
  const random = seededBytes(seededRandom(3))
  const { responder, desk: actions } = composeResponse({
    writer,
    reader,
    view,
    policy,
    registry,
    health: new Map(),
    clock,
    random,
    diagnose: silentDiagnose,
    onWork: () => undefined,
  })
  const receipt = appendReceiptHere(tenant, clock)
  const sources = { list: () => [made] }
  const common = { tenant, clock, reader, writer, receipt, view }
  const start = () => createReviewClosing({ ...common, responder, sources, registry, diagnose: silentDiagnose })
  const closing = start()
  const proposals = ground.unused.map((of) => ({ kind: 'membership', of, on: group, lastUseMs: startMs - 120 * dayMs }))
  const desk = createReviewDesk({
    ...common,
    random,
    sight: () => ({ byAuthority: {}, late: [] }),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of a trim reviews read who does not use which membership
    propose: () => Promise.resolve({ proposals: proposals as unknown as Proposal[], held: [] } as never),
    tells: () => new Map([[okta, { logged: ['login'] }]]),
    users: () => users,
    closing,
  })
  const open = (over: Partial<Parameters<typeof desk.open>[0]> = {}) =>
    desk.open(
      {
        of: 'People',
        reviewers: ['ann@example.com', 'bob@example.com'],
        dueMs: 14 * dayMs,
        undecided: 'keep',
        ...over,
      },
      'Zoe',
    )
  const show = (id: string, over = {}, by = 'Zoe') => desk.show(id, { after: 0, max: 200, mine: 'false', ...over }, by)
  return {
    clock,
    ground,
    reader,
    writer,
    responder,
    actions,
    closing,
    start,
    desk,
    open,
    show,
    close: () => store.close(),
  }
}
