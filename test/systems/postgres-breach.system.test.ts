import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import type { JsonObject } from '#kit'
import type { CredentialKind, EntityId, Touch } from '#model'
import type { ContainAction, Member } from '#respond/contract'
import { pullStream } from '#sources'
import { postgres, postgresActions, type PostgresConfig } from '#connectors/postgres'

import type { Query } from '../../src/connectors/postgres/client.ts'
import { databaseId, passwordId, relationId, roleId, sessionId } from '../../src/connectors/postgres/ids.ts'
import { disableLogin } from '../../src/connectors/postgres/role-login.ts'
import type { Cluster } from './postgres-cluster.ts'
import {
  actionContext,
  configOf,
  hasEdge,
  passwords,
  peopleRows,
  pull,
  pullContext,
  startLab,
  streamNamed,
  takeSome,
  type Seen,
} from './postgres-lab.ts'

// A stolen role logs in, makes a second role, and drains the people table through a cursor. The lab's server is real;
// all Cordon knows comes from the server's own log and catalog.
let cluster: Cluster
let config: PostgresConfig
let authority: string
before(async () => {
  cluster = await startLab()
  config = configOf(cluster)
  authority = (await postgres.check(pullContext(config))).authority
})
after(() => cluster.stop())

/** A hand-over's target is a place, that of a right taken back a membership or a grant: their guards have tests of their own. */
const onRoles = postgresActions.filter(
  ({ needsPlace, takesRight }) => needsPlace === undefined && takesRight === undefined,
)

const oidOf = async (name: string): Promise<number> => {
  const root = await cluster.superuser()
  const { rows } = await root.query<{ oid: string }>('select oid::int8 as oid from pg_roles where rolname = $1', [name])
  await root.end()
  return Number(rows[0]?.oid)
}
const peopleOid = async (): Promise<[number, number]> => {
  const root = await cluster.superuser()
  const { rows } = await root.query<{ db: string; rel: string }>(
    `select (select oid from pg_database where datname = 'postgres')::int8 as db, 'people'::regclass::oid::int8 as rel`,
  )
  await root.end()
  return [Number(rows[0]?.db), Number(rows[0]?.rel)]
}
const until = async (isTrue: () => Promise<boolean> | boolean, what: string, withinMs = 10_000): Promise<void> => {
  for (const end = performance.now() + withinMs; !(await isTrue());) {
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms for ${what}`)
    await new Promise((done) => setTimeout(done, 20))
  }
}
const member = (
  entity: EntityId,
  role: Member['role'],
  credentialKind: CredentialKind | null,
  identity: EntityId | null,
): Member => ({
  entity,
  role,
  credentialKind,
  identity,
  attributes: {},
})
const login = async (user: string, password: string): Promise<boolean> =>
  cluster.client(user, password).then(
    async (client) => {
      await client.end()
      return true
    },
    () => false,
  )

/** Takes rows slowly until the server ends it; counts what arrived. */
async function drain(user: string, password: string, becomeFirst: string | null) {
  const client = await cluster.client(user, password)
  const taken = { rows: 0, endedAtMs: 0, error: '', pid: 0 }
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  taken.pid = rows[0]?.pid ?? 0
  if (becomeFirst !== null) await client.query(`set role ${becomeFirst}`)
  await client.query('begin')
  await client.query(`declare loot cursor for select * from people where email like '%@lab.example'`)
  const done = (async () => {
    try {
      for (;;) {
        const fetched = await client.query('fetch 20 from loot')
        taken.rows += fetched.rows.length
        await new Promise((later) => setTimeout(later, 15))
      }
    } catch (error) {
      taken.error = error instanceof Error ? error.message : ''
      taken.endedAtMs = performance.now()
    }
  })()
  return { taken, done }
}

test('a stolen role, the role it made and their open cursors die, and what left is inside what Cordon can bound', async (t) => {
  const context = pullContext(config)
  const feed = streamNamed('log')
  let cursor = (await pull(feed, context, authority)).cursor
  const seen: Seen[] = []
  const look = async () => {
    const next = await pull(feed, context, authority, cursor)
    cursor = next.cursor
    seen.push(...next.seen)
  }
  const innocent = await cluster.client('reader', passwords.reader)

  // The theft.
  const maker = await cluster.client('app', passwords.app)
  await maker.query(`create role backup_svc login password 'EXAMPLE-backup' in role app`)
  const madeAtMs = performance.now()
  const first = await drain('app', passwords.app, null)
  const second = await drain('backup_svc', 'EXAMPLE-backup', 'app')
  const app = roleId(authority, await oidOf('app'))
  const made = roleId(authority, await oidOf('backup_svc'))
  const appPassword = passwordId(authority, await oidOf('app'))
  const madePassword = passwordId(authority, await oidOf('backup_svc'))
  const [db, rel] = await peopleOid()
  const people = relationId(authority, db, rel)

  // Cordon learns it from the log alone.
  const touches = (): Touch[] => seen.flatMap(({ normalized }) => normalized.touches)
  await until(async () => {
    await look()
    return (
      hasEdge(seen, app, 'CREATED', madePassword) &&
      touches().some((touch) => touch.resource === people && touch.identity === made && (touch.records ?? 0) > 0)
    )
  }, 'the log to tell the story')
  const learntMs = performance.now() - madeAtMs
  assert.ok(hasEdge(seen, app, 'CREATED', made))
  assert.ok(hasEdge(seen, madePassword, 'AUTHENTICATES_AS', made))
  assert.ok(hasEdge(seen, made, 'MEMBER_OF', app), 'IN ROLE is hidden behind the redacted password: the catalog told')
  const sessions = [
    ...new Set(
      seen.flatMap(({ normalized }) =>
        normalized.edges
          .filter((e) => e.type === 'DERIVES' && (e.src === appPassword || e.src === madePassword))
          .map((e) => e.dst),
      ),
    ),
  ]
  assert.ok(sessions.length >= 3, 'maker, two drains')
  assert.ok(sessions.some((id) => id.endsWith(`session/${first.taken.pid}.${id.split('.').at(-1) ?? ''}`)))

  // The plan: every member to every action that serves it, in phase order.
  const members = [
    member(appPassword, 'trigger', 'password', app),
    member(madePassword, 'descendant', 'password', made),
    member(made, 'descendant-entity', null, null),
    ...sessions.map((id) =>
      member(
        id,
        'session',
        'session',
        seen.flatMap(({ normalized }) => normalized.edges).find((e) => e.src === id && e.type === 'AUTHENTICATES_AS')
          ?.dst ?? null,
      ),
    ),
  ]
  const lent = new Map<EntityId, string>([
    [appPassword, passwords.app],
    [madePassword, 'EXAMPLE-backup'],
  ])
  const act = actionContext(config, authority, { lent: (credential) => lent.get(credential) })
  const steps = (['revoke', 'end-sessions', 'remove-descendants'] as const).flatMap((phase) =>
    postgresActions
      .filter((action) => action.phase === phase)
      .flatMap((action) =>
        [...new Set(members.flatMap((one) => action.targetFor(one) ?? []))].map((target) => ({ action, target })),
      ),
  )
  assert.deepEqual(
    steps.map(({ action, target }) => `${action.verb} ${target === app ? 'app' : target === made ? 'made' : target}`),
    [
      'postgres.role.disable app',
      'postgres.role.disable made',
      'postgres.memberships.revoke app',
      'postgres.memberships.revoke made',
      'postgres.sessions.terminate app',
      'postgres.sessions.terminate made',
      'postgres.role.quarantine made',
    ],
  )
  const startedMs = performance.now()
  const applied: {
    action: ContainAction<PostgresConfig>
    target: EntityId
    undoState: Awaited<ReturnType<(typeof steps)[number]['action']['apply']>>['undoState']
  }[] = []
  let terminateMs = 0
  for (const { action, target } of steps) {
    if (action.phase === 'end-sessions' && terminateMs === 0) terminateMs = performance.now() - startedMs
    applied.push({ action, target, undoState: (await action.apply(act, target)).undoState })
  }
  const appliedMs = performance.now() - startedMs
  await first.done
  await second.done
  const stoppedMs = Math.max(first.taken.endedAtMs, second.taken.endedAtMs) - startedMs
  for (const { action, target } of steps) {
    const probed = await action.probe.run(act, target)
    assert.equal(probed.verdict, 'dead', `${action.verb} ${JSON.stringify(probed)}`)
    if (probed.verdict === 'dead' && action.verb === 'postgres.role.disable') assert.equal(probed.proof.kind, 'probed')
    assert.equal(await action.readBack?.(act, target), 'landed')
  }
  const provenMs = performance.now() - startedMs

  // The world, asked without Cordon.
  assert.deepEqual([await login('app', passwords.app), await login('backup_svc', 'EXAMPLE-backup')], [false, false])
  assert.equal((await innocent.query('select count(*)::int as n from hr.pay')).rows.length, 1, 'a bystander goes on')
  const root = await cluster.superuser()
  const left = await root.query(`select 1 from pg_stat_activity where usename in ('app', 'backup_svc')`)
  assert.equal(left.rows.length, 0)

  // What left, against what Cordon can bound.
  await until(async () => {
    await look()
    return sessions.every((id) =>
      seen.some(({ normalized }) => normalized.edges.some((e) => e.dst === id && e.op === 'close')),
    )
  }, 'every session to be logged as ended')
  const counts = (pid: number): number[] =>
    touches()
      .filter((touch) => touch.resource === people && touch.credential?.includes(`session/${pid}.`) === true)
      .map((touch) => touch.records ?? peopleRows)
  for (const { taken } of [first, second]) {
    const bound = Math.min(
      peopleRows,
      counts(taken.pid).reduce((sum, n) => sum + n, 0),
    )
    assert.ok(taken.rows > 0 && taken.rows <= bound, `${taken.rows} rows left, bound ${bound}`)
    assert.ok(bound - taken.rows <= 40, 'the bound is one fetch or two away from the truth')
    t.diagnostic(JSON.stringify({ left: taken.rows, bound }))
  }
  t.diagnostic(
    JSON.stringify({
      learntMs: Math.round(learntMs),
      appliedMs: Math.round(appliedMs),
      stoppedMs: Math.round(stoppedMs),
      stoppedAfterTerminateMs: Math.round(first.taken.endedAtMs - startedMs - terminateMs),
      provenMs: Math.round(provenMs),
    }),
  )
  assert.match(first.taken.error, /terminat|not queryable/)

  // Undo gives back what was taken, newest first.
  for (const { action, target, undoState } of applied.toReversed()) await action.undo?.(act, target, undoState)
  assert.deepEqual([await login('app', passwords.app), await login('backup_svc', 'EXAMPLE-backup')], [true, true])
  const back = await root.query(`select pg_has_role('backup_svc', 'app', 'MEMBER') as is`)
  assert.deepEqual(back.rows, [{ is: true }])
  await root.end()
  await innocent.end()
  await maker.end().catch(() => undefined)
})

test('a copy of the table that is killed half way is still known to have been read', async () => {
  const context = pullContext(config)
  let { cursor } = await pull(streamNamed('log'), context, authority)
  const [db, rel] = await peopleOid()
  const root = await cluster.superuser()
  await root.query(
    `insert into people select g, repeat('x', 400), 'e' || g, 'lab-aster' from generate_series(100000, 160000) g`,
  )
  const thief = await cluster.client('app', passwords.app)
  const { rows } = await thief.query<{ pid: number; start: string }>(
    `select pid, trunc(extract(epoch from backend_start) * 1000)::int8 as start from pg_stat_activity where pid = pg_backend_pid()`,
  )
  const session = sessionId(authority, Number(rows[0]?.pid), Number(rows[0]?.start))
  const stream: { pause(): void } = Reflect.get(Reflect.get(thief, 'connection') as object, 'stream') as {
    pause(): void
  }
  const query = thief.query('select * from people').catch(() => 'ended')
  await new Promise((done) => setTimeout(done, 5))
  stream.pause()
  await until(
    async () =>
      (await root.query(`select 1 from pg_stat_activity where usename = 'app' and wait_event = 'ClientWrite'`)).rows
        .length === 1,
    'the server to wait for the thief',
  )

  // Polling sees the read while it runs, by the session's own id.
  const polled = await pull(streamNamed('sessions'), context, authority)
  assert.ok(
    polled.seen.some(({ normalized }) =>
      normalized.touches.some(
        (touch) =>
          touch.credential === session && touch.resource === relationId(authority, db, rel) && touch.verb === 'read',
      ),
    ),
  )
  assert.ok(hasEdge(polled.seen, passwordId(authority, await oidOf('app')), 'DERIVES', session))

  // One stolen session alone: ended alone.
  const terminate = postgresActions.find((action) => action.verb === 'postgres.sessions.terminate')
  assert.ok(terminate !== undefined)
  const target = terminate.targetFor(member(session, 'trigger', 'session', roleId(authority, await oidOf('app'))))
  assert.equal(target, session)
  const act = actionContext(config, authority)
  assert.equal((await terminate.probe.run(act, session)).verdict, 'alive')
  await terminate.apply(act, session)
  assert.equal((await terminate.probe.run(act, session)).verdict, 'dead')
  Reflect.get(stream, 'destroy')?.call(stream)
  await query
  assert.equal(await login('app', passwords.app), true, 'the role itself was not the target')

  const seen: Seen[] = []
  await until(async () => {
    const next = await pull(streamNamed('log'), context, authority, cursor)
    cursor = next.cursor
    seen.push(...next.seen)
    return seen.some(({ normalized }) =>
      normalized.touches.some(
        (touch) =>
          touch.credential === session && touch.resource === relationId(authority, db, rel) && touch.records === null,
      ),
    )
  }, 'the interrupted read in the log')
  await root.end()
})

test('a thief who hangs up half way leaves a mark even where statements are not logged', async () => {
  let { cursor } = await pull(streamNamed('log'), pullContext(config), authority)
  const thief = await cluster.client('app', passwords.app)
  await thief.query('begin')
  await takeSome(thief, 'select * from people', 50)
  await thief.end()
  const [db] = await peopleOid()
  await until(async () => {
    const next = await pull(streamNamed('log'), pullContext(config), authority, cursor)
    cursor = next.cursor
    const touches = next.seen.flatMap(({ normalized }) => normalized.touches)
    return touches.some(
      ({ resource, verb, records }) => resource === databaseId(authority, db) && verb === 'read' && records === null,
    )
  }, 'a read of something in the database')
})

test('what must not be touched is refused in code, and a name that moved is not followed', async () => {
  const root = await cluster.superuser()
  await root.query(
    `create role boss superuser login password 'EXAMPLE-boss'; create role moved login password 'EXAMPLE-moved'`,
  )
  const [see, contain, boss, moved] = [
    await oidOf('cordon_see'),
    await oidOf('cordon_contain'),
    await oidOf('boss'),
    await oidOf('moved'),
  ]
  await root.query(`drop role moved; create role moved login password 'EXAMPLE-moved'`)
  const act = actionContext(config, authority)
  for (const action of onRoles) {
    const tries: [EntityId, RegExp][] = [
      [roleId(authority, 10), /bootstrap superuser/],
      [roleId(authority, 6181), /ships with/],
      [roleId(authority, see), /own/],
      [roleId(authority, contain), /own/],
      [roleId('7000000000000000009', moved), /another cluster/],
      [`identity:${authority}:role/name=app`, /no role or session/],
    ]
    for (const [target, why] of tries) await assert.rejects(action.apply(act, target), why, `${action.verb} ${target}`)
    await assert.rejects(
      action.apply({ ...act, isOwn: (id) => id === roleId(authority, moved) }, roleId(authority, moved)),
      /own/,
    )
    // The role of that id is gone; the new one of the same name is another role and stays as it is.
    await action.apply(act, roleId(authority, moved))
    assert.equal((await action.probe.run(act, roleId(authority, moved))).verdict, 'dead')
  }
  assert.equal(await login('moved', 'EXAMPLE-moved'), true)
  await assert.rejects(onRoles[0]?.apply(act, roleId(authority, boss)) ?? Promise.resolve(), /superuser/)
  assert.equal(await login('boss', 'EXAMPLE-boss'), true)
  await root.end()
})

test('a role renamed in the same moment is not mistaken for the one that took its name', async () => {
  const root = await cluster.superuser()
  await root.query(`create role stolen login password 'EXAMPLE-stolen'`)
  const oid = await oidOf('stolen')
  const hands = await cluster.superuser()
  const query: Query = async (sql, values = []) => {
    if (sql.startsWith('alter role')) {
      await root.query(`alter role stolen rename to elsewhere; create role stolen login password 'EXAMPLE-other'`)
    }
    return (await hands.query<JsonObject>(sql, [...values])).rows
  }
  const site = { query, own: new Set<number>(), spared: [], isSuper: true, version: 150_000 }
  await assert.rejects(disableLogin(site, roleId(authority, oid), oid), /names something else/)
  assert.equal(await login('stolen', 'EXAMPLE-other'), true, 'rolled back')
  await root.end()
  await hands.end()
})

test('a login that cannot do something says exactly that', async () => {
  const full = await postgres.check(pullContext(config))
  assert.match(full.authority, /^\d{19}$/)
  assert.deepEqual([full.missing, full.excess], [[], []])
  const root = await cluster.superuser()
  await root.query(
    `create role weak login password '${passwords.cordon_see}'; revoke execute on function pg_control_system() from public; grant execute on function pg_control_system() to cordon_see, cordon_contain`,
  )
  const weak = await postgres.check(
    pullContext({
      ...config,
      user: 'weak',
      containUser: 'weak',
      logs: { format: 'jsonlog', path: '/nonexistent/*.json' },
    }),
  )
  assert.equal(weak.authority, `at/127.0.0.1/${cluster.port}`)
  const missing = weak.missing.join('; ')
  for (const want of ['pg_control_system', 'pg_read_all_stats', 'CREATEROLE', 'pg_signal_backend', '/nonexistent'])
    assert.ok(missing.includes(want), want)
  await root.query(`alter role weak superuser`)
  const strong = await postgres.check(pullContext({ ...config, user: 'weak', logs: 'none' }))
  assert.ok(strong.excess.some((line) => line.includes('superuser')))
  await root.end()
})

test('inventory states who can read what, and people by their own keys', async () => {
  const context = pullContext(config)
  const { seen } = await pull(streamNamed('inventory'), context, authority)
  const [db, rel] = await peopleOid()
  const people = relationId(authority, db, rel)
  const edges = seen.flatMap(({ normalized }) => normalized.edges)
  const readers = edges
    .filter((e) => e.type === 'CAN_READ' && e.dst === people)
    .map((e) => [e.src, e.conditional === true] as const)
  assert.deepEqual(
    new Map<EntityId, boolean>(readers),
    new Map<EntityId, boolean>([
      [roleId(authority, await oidOf('app')), false],
      [roleId(authority, await oidOf('reader')), true],
      [roleId(authority, 6181), false],
    ]),
  )
  assert.ok(
    hasEdge(seen, roleId(authority, await oidOf('reader')), 'MEMBER_OF', roleId(authority, await oidOf('readers'))),
  )
  assert.ok(seen.at(-1)?.normalized.snapshot?.complete)
  const facts = seen.flatMap(({ normalized }) => normalized.facts)
  assert.equal(facts.find((f) => f.entity === people)?.attributes['name'], 'postgres.public.people')
  assert.equal(facts.find((f) => f.entity === roleId(authority, 10))?.attributes['superuser'], true)
  const own = facts
    .filter((f) => f.attributes['own'] === true && f.entity.startsWith('identity:'))
    .map((f) => f.attributes['name'])
  assert.deepEqual(new Set(own), new Set(['cordon_contain', 'cordon_see']))

  const mapped = await pull(streamNamed('people'), context, authority)
  const persons = mapped.seen.flatMap(({ normalized }) => normalized.people ?? [])
  assert.equal(
    new Set(persons.flatMap((p) => p.persons.map(({ person }) => person))).size,
    persons.flatMap((p) => p.persons).length,
  )
  assert.ok(persons.flatMap((p) => p.persons).length >= peopleRows && persons.every((p) => p.resource === people))
  assert.equal(persons.filter((p) => p.complete).length, 1)
  assert.equal(mapped.seen.at(-1)?.normalized.snapshot?.allPeople, true)
})

test('a mapping that became empty ends who was mapped; one that names what is not seen ends nobody', async () => {
  const root = await cluster.superuser()
  const viewOf = async (name: string, rows: string): Promise<Seen[]> => {
    await root.query(`create view ${name} as ${rows}; grant select on ${name} to cordon_see`)
    const mapped = { ...config, people: { database: 'postgres', view: name } }
    const { seen } = await pull(streamNamed('people'), pullContext(mapped), authority)
    await root.query(`drop view ${name}`)
    return seen
  }
  const shape = `'x'::text as person, null::text as customer`
  const empty = await viewOf('mapped_none', `select 'public.people'::text as relation, ${shape} where false`)
  assert.deepEqual(
    empty.map(({ normalized }) => [normalized.people, normalized.snapshot?.allPeople]),
    [[[], true]],
  )
  assert.deepEqual(await viewOf('mapped_gone', `select 'public.nowhere'::text as relation, ${shape}`), [])
  await root.end()
})

test('a database that lets nobody look behind a running statement is named', async () => {
  const root = await cluster.superuser()
  await root.query('create database shut')
  await root.query('revoke connect on database shut from public')
  const inside = await cluster.superuser('shut')
  await inside.query('create table hidden (id int); select * from hidden')
  const told: string[] = []
  for await (const page of pullStream(streamNamed('sessions'))?.(pullContext(config), null) ?? [])
    told.push(...(page.blind ?? []).map(({ says }) => says))
  assert.equal(told.length, 1)
  assert.match(told[0] ?? '', /read in the database `shut` is not told: .*cordon_see@.*\/shut/)
  await inside.end()
  await root.query('drop database shut with (force)')
  await root.end()
})

test('roles that share memberships are contained side by side', async () => {
  const root = await cluster.superuser()
  const names = Array.from({ length: 8 }, (_, n) => `ring_${n}`)
  await root.query(names.map((name) => `create role ${name} login password 'EXAMPLE-${name}';`).join(''))
  await root.query(
    names
      .slice(1)
      .map((name) => `grant ${names[0]} to ${name};`)
      .join(''),
  )
  const act = actionContext(config, authority)
  const targets = await Promise.all(names.map(async (name) => roleId(authority, await oidOf(name))))
  const verbs = ['postgres.memberships.revoke', 'postgres.role.disable', 'postgres.role.quarantine']
  const actions = postgresActions.filter(({ verb }) => verbs.includes(verb))
  await Promise.all(actions.flatMap((action) => targets.map((target) => action.apply(act, target))))
  for (const action of actions) {
    for (const target of targets) assert.equal(await action.readBack?.(act, target), 'landed', action.verb)
  }
  await root.query(names.map((name) => `drop role ${name};`).join(''))
  await root.end()
})

test('a break-glass role is not touched by way of a role it was made a member of', async () => {
  const root = await cluster.superuser()
  await root.query(`
    create role shielded login password 'EXAMPLE-shielded'; create role spare_me login password 'EXAMPLE-spare' in role shielded;
    create role member_too login password 'EXAMPLE-member' in role shielded`)
  const [shielded, spared] = [roleId(authority, await oidOf('shielded')), roleId(authority, await oidOf('spare_me'))]
  const [kept, ended] = [
    await cluster.client('spare_me', 'EXAMPLE-spare'),
    await cluster.client('member_too', 'EXAMPLE-member'),
  ]
  const act = actionContext(config, authority, { spared: [spared] })
  for (const action of onRoles) await action.apply(act, shielded)
  assert.equal((await kept.query('select 1 as one')).rows[0]?.one, 1)
  await assert.rejects(ended.query('select 1'))
  const { rows } = await root.query(
    `select pg_has_role('spare_me', 'shielded', 'MEMBER') as spared, pg_has_role('member_too', 'shielded', 'MEMBER') as member`,
  )
  assert.deepEqual(rows, [{ spared: true, member: false }])
  const terminate = postgresActions.find(({ verb }) => verb === 'postgres.sessions.terminate')
  const probed = await terminate?.probe.run(act, shielded)
  assert.match(JSON.stringify(probed), /"dead".*1 sessions of break-glass members of it were left/)
  await kept.end()
  await root.query('drop role member_too; drop role spare_me; drop role shielded')
  await root.end()
})
