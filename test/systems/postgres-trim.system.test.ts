import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, test } from 'node:test'
import type { Client } from 'pg'

import { createHttp, systemClock, type Clock } from '#kit'
import { defaultTenant, nativeOf } from '#model'
import { postgres } from '#connectors/postgres'

import { relationId, roleId } from '../../src/connectors/postgres/ids.ts'
import { openStages } from '../conformance/cordon.ts'
import { asked, openTrimGround, openTrimHouse } from '../conformance/trim-ground.ts'
import { receiptsOf } from '../simulation/respond-world.ts'
import { postgres15 } from './postgres-cluster.ts'
import { configOf, passwords, pullContext, startLab } from './postgres-lab.ts'

const tenant = defaultTenant
const dayMs = 86_400_000
const skip = existsSync(`${postgres15}/initdb`) ? false : 'no server: run test/systems/install-postgres.sh'

/** What the server itself answers of every role, table, column, privilege and membership, and whether it may be passed on. */
async function rightsThere(root: Client): Promise<string[]> {
  const { rows } = await root.query<{ says: string }>(`
    with roles as (select oid, rolname from pg_roles where oid >= 16384),
      relations as (select c.oid, c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('public', 'hr', 'cordon') and c.relkind in ('r', 'v')),
      privileges as (select unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) || o as p
        from unnest(array['', ' WITH GRANT OPTION']) o)
    select concat_ws(' ', r.rolname, p, t.name) as says from roles r, relations t, privileges
      where has_table_privilege(r.oid, t.oid, p)
    union select concat_ws(' ', r.rolname, p, t.name, a.attname) from roles r, relations t, privileges, pg_attribute a
      where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped and p ~ '^(SELECT|INSERT|UPDATE|REFERENCES)'
        and has_column_privilege(r.oid, t.oid, a.attnum, p)
    union select concat_ws(' ', r.rolname, u, n.nspname) from roles r, pg_namespace n, unnest(array['USAGE', 'CREATE']) u
      where has_schema_privilege(r.oid, n.oid, u)
    union select concat_ws(' ', r.rolname, 'in', m.rolname) from roles r, pg_roles m where pg_has_role(r.oid, m.oid, 'MEMBER')
    order by 1`)
  return rows.map(({ says }) => says)
}
const without = (all: readonly string[], gone: readonly string[]): string[] => all.filter((one) => !gone.includes(one))

test(
  'a grant and a membership that nobody uses are taken alone, and the first refused use gives each back',
  { skip },
  async () => {
    const cluster = await startLab()
    after(() => cluster.stop())
    const root = await cluster.superuser()
    after(() => root.end())
    // They were made before its log began.
    await root.query(`set pgaudit.log = 'none'; set log_statement = 'none'`)
    await root.query(`create role mia login password 'EXAMPLE-mia' in role readers;
    create table notes (id int, text text); insert into notes values (1, 'x');
    create role noa login password 'EXAMPLE-noa'; grant select on people to noa with grant option; grant insert on people to noa; grant select on notes to noa;
    create role kit login password 'EXAMPLE-kit'; grant select, update on people to kit;
    create role pat login password 'EXAMPLE-pat' in role readers; grant select (id) on people to pat with grant option`)
    const logins = new Map<string, Client>()
    for (const name of ['mia', 'noa', 'kit', 'pat']) logins.set(name, await cluster.client(name, `EXAMPLE-${name}`))
    /** Null: it was let; else the server's code. */
    const run = async (name: string, text: string): Promise<string | null> =>
      await (logins.get(name) ?? assert.fail(name)).query(text).then(
        () => null,
        (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'lost'),
      )

    const config = configOf(cluster)
    const { authority } = await postgres.check(pullContext(config))
    const secretsOf = (use: 'see' | 'contain') => ({
      password: use === 'see' ? passwords.cordon_see : passwords.cordon_contain,
    })
    const house = openTrimHouse()
    // The rights were seen a hundred days ago for the first time; the log is of today.
    let agoMs = 100 * dayMs
    const clock: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() - agoMs }
    const cordon = openStages({ connector: postgres, config, authority, clock, origins: [], secretsOf, house })
    const sinceMs = clock.nowMs()
    const ground = await openTrimGround({
      connector: 'postgres',
      config,
      authority,
      clock,
      house,
      cordon,
      http: createHttp([]),
      contain: secretsOf('contain'),
      told: () => ({ ...postgres.coverage(config), partly: {}, gaps: [], late: null, sinceMs }),
    })
    const { stages, giveBack, responder, pull, take, until } = ground
    await pull('inventory')
    agoMs = 0
    // Kit reads people, pat reads what the readers may, and noa is there, but for what they could read of people.
    for (const [name, text] of [
      ['kit', 'select count(*) from people'],
      ['pat', 'select sum(amount) from hr.pay'],
      ['pat', 'select count(id) from people'],
      ['noa', 'select * from notes'],
      ['mia', 'select 1'],
    ] as const)
      assert.equal(await run(name, text), null, text)
    await pull('log')

    const { rows } = await root.query<Record<'db' | 'people' | 'noa' | 'mia' | 'kit' | 'readers', string>>(
      `select (select oid from pg_database where datname = current_database())::text as db, 'people'::regclass::oid::text as people,
      ${['noa', 'mia', 'kit', 'readers'].map((name) => `'${name}'::regrole::oid::text as ${name}`).join(', ')}`,
    )
    const oid = (name: 'db' | 'people' | 'noa' | 'mia' | 'kit' | 'readers'): number => Number(rows[0]?.[name])
    const dry = await stages.trimStage({ ...asked, max: 100, dryRun: true }, 'ann')
    const offered = dry.memberships.map(({ member, group }) => `${nativeOf(member)} ${nativeOf(group)}`)
    const people = nativeOf(relationId(authority, oid('db'), oid('people')))
    assert.ok(
      offered.includes(`role/${oid('noa')} ${people}`),
      'what was granted and nobody used, read and write in one line',
    )
    assert.ok(offered.includes(`role/${oid('mia')} role/${oid('readers')}`), 'a role of a login')
    assert.ok(
      !offered.includes(`role/${oid('kit')} ${people}`),
      'of a grant that is read by nothing is taken for want of writing',
    )
    assert.equal(new Set(offered).size, offered.length, 'each once')

    const wanted = dry.memberships.filter(({ member }) =>
      [oid('noa'), oid('mia')].some((one) => member === roleId(authority, one)),
    )
    assert.deepEqual(wanted.map(({ takes }) => nativeOf(takes)).sort(), [
      `${people}/grant/${oid('noa')}`,
      `membership/${oid('readers')}/${oid('mia')}`,
    ])
    const before = await rightsThere(root)
    const stage = await stages.trimStage({ ...asked, rights: wanted.map(({ right }) => right) }, 'ann')
    assert.deepEqual(await rightsThere(root), before, 'nothing is taken before somebody approves')
    const incident = await take(stage)
    const mias = [
      'mia SELECT hr.pay',
      'mia SELECT hr.pay amount',
      'mia SELECT hr.pay person',
      'mia USAGE hr',
      'mia in readers',
    ]
    const noas = before.filter((one) => /^noa (SELECT|INSERT)( WITH GRANT OPTION)? people/.test(one))
    assert.equal(noas.length, 3 + 3 * 4)
    assert.deepEqual(
      await rightsThere(root),
      without(before, [...mias, ...noas]),
      'and no other right of anybody moved',
    )

    await pull('log')
    await giveBack.run()
    assert.equal(receiptsOf(ground.reader, 'action.undo-asked').length, 0)
    /** Refused once; given back by itself, and let in. */
    const refuse = async (name: string, text: string): Promise<number> => {
      // A sign-in since: what takes a role ends the sessions that may have become it.
      logins.set(name, await cluster.client(name, `EXAMPLE-${name}`))
      const beganMs = performance.now()
      assert.equal(await run(name, text), '42501')
      let isBack = false
      await until(async () => {
        await pull('log')
        await giveBack.run()
        ground.runner.wake()
        isBack = (await run(name, text)) === null
        return isBack
      })
      return performance.now() - beganMs
    }
    const grantMs = await refuse('noa', `select name from people where email = 'EXAMPLE-secret'`)
    assert.deepEqual(await rightsThere(root), without(before, mias), 'what the other one lost is still gone')
    const roleMs = await refuse('mia', 'select * from hr.pay')
    assert.deepEqual(await rightsThere(root), before, 'all is as it was, and may be passed on as it was')
    for (const tookMs of [grantMs, roleMs]) assert.ok(tookMs < 10_000, `${tookMs} ms`)
    if (process.env['CORDON_TIMES'] !== undefined)
      console.log(`given back ${Math.round(grantMs)} ms (grant) and ${Math.round(roleMs)} ms (role) after the refusal`)
    await until(async () => (await responder.report(tenant, incident)).actions.every(({ state }) => state === 'undone'))
    assert.equal(receiptsOf(ground.reader, 'action.undo-asked').length, 2, 'each once')
    assert.ok(
      house.logged.every(({ raw }) => !raw.includes('EXAMPLE-secret')),
      'of a refused statement no value is kept',
    )
  },
)
