import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'

import { entityId } from '#model'
import { postgres, postgresLeases } from '#connectors/postgres'
import { lending } from '#respond/contract'

import { roleId } from '../../src/connectors/postgres/ids.ts'
import { postgres15, postgres18, startCluster, unlessInstalled, type Cluster } from './postgres-cluster.ts'
import { actionContext, configOf, passwords, pullContext, startLab } from './postgres-lab.ts'

const [given] = postgresLeases
assert.ok(given !== undefined && postgresLeases.length === 1)
const lend = lending(given)

/** `to`: who opens a table of pay by the role alone. What opens is asked of the server, as that login. */
async function openBranch(cluster: Cluster) {
  const root = await cluster.superuser()
  await root.query(`create role temp login password 'EXAMPLE-temp'; create role boss superuser login`)
  const oid = async (name: string): Promise<number> =>
    Number(
      (await root.query<{ oid: string }>('select oid::int8 as oid from pg_roles where rolname = $1', [name])).rows[0]
        ?.oid,
    )
  const config = configOf(cluster)
  const { authority } = await postgres.check(pullContext(config))
  const id = async (name: string) => roleId(authority, await oid(name))
  const [temp, readers, boss] = [await id('temp'), await id('readers'), await id('boss')]
  const right = lend.lends?.(temp, readers)
  assert.ok(right !== undefined)
  const context = (more = {}) => actionContext(config, authority, more)
  const read = (client: Awaited<ReturnType<Cluster['client']>>) =>
    client.query('select count(*) from hr.pay').then(
      () => true,
      () => false,
    )
  const opens = async (): Promise<boolean> => {
    const client = await cluster.client('temp', 'EXAMPLE-temp')
    const is = await read(client)
    await client.end()
    return is
  }
  const remember = async () => lend.remember?.(context(), right, undefined)
  return { cluster, root, id, temp, readers, boss, right, context, read, opens, remember, authority }
}

const life = (start: () => Promise<Cluster>) => async () => {
  const cluster = await start()
  after(() => cluster.stop())
  const { root, id, temp, readers, boss, right, context, read, opens, remember } = await openBranch(cluster)
  assert.equal(lend.lends?.(temp, entityId('identity', 'elsewhere', 'role/20000')), undefined)
  assert.equal(lend.lends?.(temp, temp), undefined)
  assert.equal(await opens(), false)
  const before = await remember()
  assert.deepEqual([before, await lend.readBack?.(context(), right)], [{ stoodBefore: false }, 'absent'])
  await lend.apply(context(), right)
  assert.deepEqual([await opens(), await lend.readBack?.(context(), right)], [true, 'landed'])
  assert.equal((await lend.probe.run(context(), right)).verdict, 'dead')
  await lend.apply(context(), right)

  // It cannot be passed on, and a session that became the role does not outlive it.
  const inside = await cluster.client('temp', 'EXAMPLE-temp')
  inside.on('error', () => undefined)
  await assert.rejects(inside.query('grant readers to app'), /must have admin option|permission denied/)
  await inside.query('set role readers')
  assert.equal(await read(inside), true)
  assert.equal((await lend.isGone?.(context(), right))?.verdict, 'alive')
  await lend.undo?.(context(), right, before)
  assert.deepEqual([await opens(), await read(inside)], [false, false])
  const gone = await lend.isGone?.(context(), right)
  assert.equal(gone?.verdict, 'dead')
  await lend.undo?.(context(), right, before)

  // What somebody has anyway, directly or by way of another role, is refused.
  await root.query('create role middle; grant readers to middle; grant middle to temp')
  await assert.rejects(remember(), { code: 'ERR_LEASE_STANDS' })
  await root.query('revoke middle from temp')
  await assert.rejects(async () => lend.undo?.(context(), right, {}), { code: 'ERR_LEASE_KEPT' })

  const refuses = async (who: typeof temp, what: typeof readers, code: string) => {
    const target = lend.lends?.(who, what)
    assert.ok(target !== undefined)
    await assert.rejects(async () => lend.apply(context(), target), { code })
  }
  await refuses(temp, boss, 'ERR_POSTGRES_RIGHTS')
  await refuses(await id('cordon_see'), readers, 'ERR_POSTGRES_TARGET')
  await assert.rejects(async () => lend.apply(context({ spared: [temp] }), right), { code: 'ERR_LEASE_TARGET' })
  await assert.rejects(async () => lend.apply(context({ isOwn: (one: string) => one === readers }), right), {
    code: 'ERR_LEASE_TARGET',
  })
  assert.equal(await opens(), false)
  await root.end()
}

suite('a role of PostgreSQL for a time, on a real server', () => {
  test(
    '15',
    { skip: unlessInstalled(postgres15) },
    life(() => startLab()),
  )

  test('18, where a membership belongs to whoever gave it', { skip: unlessInstalled(postgres18) }, async () => {
    const started = async () => {
      const cluster = await startCluster({}, postgres18)
      const root = await cluster.superuser()
      await root.query(`
        create schema hr; create table hr.pay (person int, amount int); create role readers;
        grant usage on schema hr to readers; grant select on hr.pay to readers; create role app;
        create role cordon_see login password '${passwords.cordon_see}' in role pg_monitor;
        create role cordon_contain login createrole password '${passwords.cordon_contain}' in role pg_monitor, pg_signal_backend;
        grant readers to cordon_contain with admin true, inherit false, set false`)
      await root.end()
      return cluster
    }
    await life(started)()
  })
})
