import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'

import { systemClock } from '#kit'
import { postgresActions } from '#connectors/postgres'

import { roleId } from '../../src/connectors/postgres/ids.ts'
import { verbIn } from '../conformance/cordon.ts'
import { postgres15, postgres18, readLog, startCluster, type Cluster } from './postgres-cluster.ts'
import { openShop, type Mode, type Shop } from './postgres-shop.ts'

const handOver = verbIn(postgresActions, 'postgres.role.hand-over')
const modes: readonly Mode[] = ['pair', 'made']
/** The password has expired, which the server looks at before NOLOGIN. */
const refusedLogin = '28P01'
const givenByOther = { code: 'ERR_POSTGRES_RIGHTS', hint: /whoever gave it/ }

for (const [version, bin] of [
  [15, postgres15],
  [18, postgres18],
] as const) {
  const skip = existsSync(`${bin}/postgres`) ? false : `no server ${version}: run test/systems/install-postgres.sh`
  suite(`on PostgreSQL ${version}`, { skip }, () => {
    let cluster: Cluster
    before(async () => {
      cluster = await startCluster({ log_statement: 'all' }, bin)
    })
    after(() => cluster.stop())
    const open = async (mode: Mode, done: (close: () => Promise<void>) => void): Promise<Shop> => {
      const shop = await openShop(cluster, mode, systemClock)
      done(shop.close)
      return shop
    }

    for (const mode of modes) {
      test(`a password leaks, and its consumer goes on with the standby's (${mode})`, async (t) => {
        const shop = await open(mode, (close) => t.after(close))
        const { leaked, target, context, read, tried, name } = shop
        assert.deepEqual((await shop.check()).missing.filter((line) => line.startsWith('the successor')), [])
        const { plan } = await shop.plan()
        assert.deepEqual(
          plan.steps.slice(0, 1).map(({ verb, target: on, placeSource }) => [verb, on, placeSource]),
          [['postgres.role.hand-over', target, 'vault']],
        )
        assert.match(plan.steps[0]?.preview.effects[0] ?? '', new RegExp(`a password of the login \`${name}_b\``))
        const said: unknown[] = [plan, await handOver.apply(context(), target)]
        const now = await read()
        assert.equal(now.user, `${name}_b`)
        assert.ok(Buffer.from(now.password, 'base64url').length >= 32, 'entropy')
        assert.deepEqual([await tried(leaked), await tried(now)], ['works', 'works'], 'before the kill both work')
        const consumer = await cluster.client(now.user, now.password)
        for (const { verb, target: on } of plan.steps) {
          const applied = verbIn(postgresActions, verb).apply(context(), on)
          // From 16 on a membership is taken back by whoever gave it, here a superuser: a person's.
          if (version >= 16 && verb === 'postgres.memberships.revoke') await assert.rejects(applied, givenByOther)
          else said.push(await applied)
        }
        assert.deepEqual([await tried(leaked), await tried(now)], [refusedLogin, 'works'])
        assert.deepEqual(await read(), now, 'once more is as good as once')
        assert.equal((await consumer.query(`select * from ${name}_orders`)).rows.length, 1, 'an open session goes on')
        const probed = await handOver.probe.run(context(), target)
        assert.match(probed.verdict === 'dead' ? probed.proof.says : '', /in place, and in use/)
        await consumer.end()

        const again = await shop.plan()
        const root = await cluster.superuser()
        const made = await root.query<{ oid: string; powers: boolean; rights: number; comment: string }>(
          `select oid::int8 as oid, rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls as powers,
                  (select count(*) from pg_auth_members m where m.member = r.oid)::int as rights,
                  shobj_description(oid, 'pg_authid') as comment
             from pg_roles r where rolname = $1`,
          [`${name}_b`],
        )
        await root.end()
        const [standby] = made.rows
        assert.deepEqual([standby?.powers, standby?.rights], [false, 1])
        assert.equal(standby?.comment.startsWith(`o'clock [`), mode === 'pair', "a comment of somebody else's stays")
        const named = [...again.exposure.credentials.map((one) => one.credential), ...again.plan.steps.map((s) => s.target)]
        assert.ok(!named.some((id) => id.startsWith(roleId(shop.authority, Number(standby?.oid)))), 'is not exposed')

        const told = JSON.stringify([said, probed, shop.side.logged, shop.vaultSide.logged])
        const log = `${await readLog(cluster, 'json')}${await readLog(cluster, 'csv')}`
        assert.ok(log.includes(`alter role ""${name}_b"" login password`) || log.includes('REDACTED'), 'the act is logged')
        for (const text of [told, log]) assert.ok(!text.includes(now.password), 'no value is told')
      })

      test(`what another action made is not withdrawn, and the orphan of its own is (${mode})`, async (t) => {
        const shop = await open(mode, (close) => t.after(close))
        const { target, context, read, tried, leaked } = shop
        const lost = await handOver.apply(context(), target).then(() => read())
        // As if it were never written: whoever comes next finds an orphan of its own action.
        const { config } = shop
        assert.equal(await tried(lost), 'works')
        await assert.rejects(handOver.apply({ ...context(), key: 'act_other' }, target), /in use already/)
        assert.deepEqual([await tried(lost), await tried(leaked)], ['works', 'works'])
        const gone = { ...context(), key: 'act_other', config: { ...config, successors: [] } }
        await assert.rejects(handOver.apply(gone, target), { code: 'ERR_POSTGRES_TARGET' })
        const undone = handOver.undo?.(context(), target, {})
        await assert.rejects(undone ?? Promise.resolve(), /keeps nothing of what it held/)
      })
    }
  })
}
