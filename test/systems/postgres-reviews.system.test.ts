import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'

import { createHttp, systemClock } from '#kit'
import { defaultTenant, type IncidentId } from '#model'
import { postgres } from '#connectors/postgres'

import { relationId } from '../../src/connectors/postgres/ids.ts'
import { openStages } from '../conformance/cordon.ts'
import { startMortalHands } from '../conformance/mortal-hands.ts'
import { grounds, openReviewYard } from '../conformance/review-yard.ts'
import { enroll, signApproval, type Core } from '../simulation/respond-world.ts'
import { postgres15, postgres18 } from './postgres-cluster.ts'
import { configOf, passwords, pullContext, startLab } from './postgres-lab.ts'

const tenant = defaultTenant
const skip = (bin: string) => (existsSync(`${bin}/initdb`) ? false : 'no server: run test/systems/install-postgres.sh')
const stepsMax = 600

const says = 'what a review of roles and tables takes is refused by the server itself, and given back'
test(`15: ${says}`, { skip: skip(postgres15) }, (t) => reviewed(t, postgres15))
test(`18: ${says}`, { skip: skip(postgres18) }, (t) => reviewed(t, postgres18))

async function reviewed(t: TestContext, bin: string): Promise<void> {
  const after = (end: () => unknown): void => t.after(end)
  const cluster = await startLab({}, bin)
  after(() => cluster.stop())
  const root = await cluster.superuser()
  after(() => root.end())
  // From 16 on a membership is whoever gave it's to take.
  await root.query(
    bin === postgres15
      ? `create role mia login password 'EXAMPLE-mia' in role readers`
      : `grant readers to cordon_contain with admin true, inherit false, set false;
         create role mia login password 'EXAMPLE-mia'; grant readers to mia granted by cordon_contain`,
  )
  await root.query(`
    create role noa login password 'EXAMPLE-noa'; grant select on people to noa; grant usage on schema hr to noa;
    create role kit login password 'EXAMPLE-kit'; grant select on people to kit with grant option;
    create role pat login password 'EXAMPLE-pat'; set role kit; grant select on people to pat; reset role`)
  const reads = async (name: string, table: string): Promise<boolean> => {
    const client = await cluster.client(name, `EXAMPLE-${name}`)
    const is = await client.query(`select count(*) from ${table}`).then(
      () => true,
      () => false,
    )
    await client.end()
    return is
  }
  const opens = async () => [await reads('mia', 'hr.pay'), await reads('noa', 'people'), await reads('pat', 'people')]
  assert.deepEqual(await opens(), [true, true, true])

  const config = configOf(cluster)
  const { authority } = await postgres.check(pullContext(config))
  const secretsOf = (use: 'see' | 'contain') => ({
    password: use === 'see' ? passwords.cordon_see : passwords.cordon_contain,
  })
  const stages = openStages({ connector: postgres, config, authority, clock: systemClock, origins: [], secretsOf })
  after(() => stages.close())
  const view = () => Promise.resolve(stages.estate.view())
  const yard = await openReviewYard(grounds(), {
    source: { id: 'pg', connector: 'postgres', authority, config: { ...config } },
    view,
  })
  after(() => yard.close())
  const { desk, responder, clock, show } = yard
  // The estate is of today, and so is the clock that it is asked by.
  await clock.advance(Date.now() - clock.nowMs())
  await stages.pull('inventory')

  /** Reviews, and takes what these have; the steps that follow. */
  const take = async (of: string, names: readonly string[]) => {
    const { id } = await yard.open({ of, reviewers: ['Zoe'] })
    const { items } = show(id)
    const numbers = items.filter(({ name }) => names.includes(name ?? '')).map(({ n }) => n)
    assert.equal(numbers.length, names.length, `${of}: ${items.map(({ name }) => name).join()}`)
    await desk.decide(id, { items: numbers, unused: false, decision: 'take', reason: 'left' }, 'Zoe')
    const { review, byHand } = await desk.close(id, 'Zoe')
    return { byHand, incidents: review.incidents ?? [] }
  }
  const { rows } = await root.query<{ db: string; rel: string }>(
    `select oid::text as db, 'people'::regclass::oid::text as rel from pg_database where datname = current_database()`,
  )
  const table = relationId(authority, Number(rows[0]?.db), Number(rows[0]?.rel))
  const members = await take('readers', ['mia'])
  const readers = await take(table, ['noa', 'pat'])
  assert.deepEqual([members.byHand, readers.byHand], [0, 0], 'nothing is left to hands')
  const incidents = [...members.incidents, ...readers.incidents]
  const actionsOf = async () =>
    (await Promise.all(incidents.map((id) => responder.report(tenant, id)))).flatMap(({ actions }) => actions)
  assert.deepEqual(
    (await actionsOf()).map(({ verb, state }) => [verb, state]),
    [
      ['postgres.membership.revoke', 'awaiting-approval'],
      ['postgres.grant.revoke', 'awaiting-approval'],
      ['postgres.grant.revoke', 'awaiting-approval'],
    ],
  )
  assert.deepEqual(await opens(), [true, true, true], 'nothing is taken before somebody approves')

  const ann = await enroll({ responder, clock }, 'ann')
  const approve = async (incident: IncidentId) => {
    const { plan } = responder.list(tenant).find(({ id }) => id === incident) ?? {}
    const { actions } = await responder.report(tenant, incident)
    const envelope = {
      verbs: actions.map(({ verb }) => verb),
      connectors: ['postgres'],
      furtherTargetsMax: 0,
      expiresAtMs: clock.nowMs() + 3_600_000,
    }
    await responder.approve(tenant, signApproval(ann, plan ?? '', incident, clock.nowMs(), { envelope }))
  }
  const hands = startMortalHands({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- hands asks of core its desk and its clock alone
    core: { desk: yard.actions, clock } as unknown as Core,
    worker: 'hands',
    dies: () => undefined,
    limits: { leaseMs: 60_000, requestTimeoutMs: 20_000, idleMs: 500 },
    sources: () => ({
      sourceFor: () => ({ config, authority, http: createHttp([]), isOwn: () => false, spared: [] }),
      unseal: () => Promise.resolve(secretsOf('contain')),
    }),
  })
  after(() => hands.end())
  const settled = async (state: string) => {
    for (let step = 0; step < stepsMax; step++) {
      const actions = await actionsOf()
      if (actions.every((one) => one.state === state || one.state === 'failed')) return actions
      await clock.advance(500)
      await wait(20)
    }
    return assert.fail(JSON.stringify((await actionsOf()).map(({ state: at, lastError }) => [at, lastError])))
  }
  for (const id of incidents) await approve(id)
  const done = await settled('contained')
  // What pat has of kit is not the owner's to take: that step fails by name.
  assert.deepEqual(await opens(), [false, false, true])
  const [failed, ...others] = done.filter(({ state }) => state === 'failed')
  assert.match(failed?.lastError ?? '', /given by another than the owner/)
  assert.deepEqual(others, [])
  const taken = done.filter(({ state }) => state === 'contained')
  assert.deepEqual(
    taken.map(({ proof }) => proof?.kind),
    ['read-back', 'read-back'],
  )
  for (const { id } of taken) await responder.undo(tenant, id, 'ann')
  await settled('undone')
  assert.deepEqual(await opens(), [true, true, true], 'given back')
}
