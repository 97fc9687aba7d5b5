import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'

import { systemClock } from '#kit'
import { entityId, type EntityId } from '#model'
import { awsConnector, awsHolder } from '#connectors/aws'
import { postgresActions } from '#connectors/postgres'

import { roleId } from '../../src/connectors/postgres/ids.ts'
import { account, openCordon as openAws } from '../conformance/aws/company.ts'
import { foundShop } from '../conformance/aws/shop.ts'
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
        assert.deepEqual(
          (await shop.check()).missing.filter((line) => line.startsWith('the successor')),
          [],
        )
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
        for (const { verb, target: on } of plan.steps.filter(({ connector }) => connector === 'postgres')) {
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
        const named = [
          ...again.exposure.credentials.map((one) => one.credential),
          ...again.plan.steps.map((s) => s.target),
        ]
        assert.ok(!named.some((id) => id.startsWith(roleId(shop.authority, Number(standby?.oid)))), 'is not exposed')

        const told = JSON.stringify([said, probed, shop.side.logged, shop.vaultSide.logged])
        const log = `${await readLog(cluster, 'json')}${await readLog(cluster, 'csv')}`
        assert.ok(
          log.includes(`alter role ""${name}_b"" login password`) || log.includes('REDACTED'),
          'the act is logged',
        )
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

    test('undo puts the place back and takes the password away, with the sessions that came by it', async (t) => {
      const shop = await open('made', (close) => t.after(close))
      const aws = await foundShop()
      t.after(aws.close)
      const values = { user: 'user', password: 'password' }
      const place = entityId('resource', account, aws.secret.arn)
      const there = awsConnector.config.parse({
        ...aws.config,
        successors: [],
        places: [{ secret: aws.secret.arn, rereadSeconds: 0, values }],
      })
      const awsSide = openAws({ ...aws, config: there })
      t.after(() => awsSide.close())
      const config = { ...shop.config, successors: shop.config.successors.map((line) => ({ ...line, place })) }
      const { signal: _, ...lent } = awsSide.context()
      const context = { ...shop.side.context({ config }), place: { holder: awsHolder, context: lent } }
      const stored = (): string =>
        [...aws.secret.versions.values()].find(({ stages }) => stages.includes('AWSCURRENT'))?.value ?? ''
      const before = stored()

      const { undoState } = await handOver.apply(context, place)
      const now = JSON.parse(stored())
      assert.equal(await shop.tried(now), 'works')
      const consumer = await cluster.client(now.user, now.password)
      await handOver.undo?.(context, place, undoState)
      await assert.rejects(consumer.query('select 1'), 'its sessions end')
      assert.notEqual(await shop.tried(now), 'works')
      assert.equal(await handOver.readBack?.(context, place), 'absent')
      assert.equal(stored(), before)
    })

    test('the check names what a hand-over would be refused for, or its consumers would miss', async (t) => {
      const shop = await open('made', (close) => t.after(close))
      const { name, check, config } = shop
      const [line] = config.successors
      const begins = `the successor of \`${name}\` goes to \`${line?.place}\`: `
      const ofShop = async (): Promise<string[]> =>
        (await check()).missing.flatMap((one) => (one.startsWith(begins) ? [one.slice(begins.length)] : []))
      assert.deepEqual(await ofShop(), [])
      const root = await cluster.superuser()
      await root.query(`
        create table ${name}_own (id int); alter table ${name}_own owner to ${name};
        alter role ${name} set search_path = public; create role ${name}_more; grant ${name}_more to ${name};
        alter role ${name} createdb; create role ${name}_b`)
      if (version >= 16) await root.query(`revoke ${name}_rw from cordon_contain`)
      assert.deepEqual(await ofShop(), [
        `there is a role \`${name}_b\` already, and Cordon did not make it`,
        `\`${name}\` is a member of \`${name}_more\`, and \`${name}_b\` would not be`,
        `\`${name}\` has CREATEDB, which a made role is not given`,
        `\`${name}\` owns or was granted 1 things itself, through no role: name a standby that has the same, without \`memberOf\``,
        `\`${name}\` has settings of its own (ALTER ROLE … SET): name a standby that has the same, without \`memberOf\``,
        ...(version >= 16
          ? [`\`cordon_contain\` has no ADMIN on \`${name}_b\``, `\`cordon_contain\` has no ADMIN on \`${name}_rw\``]
          : []),
      ])
      await assert.rejects(handOver.apply(shop.context(), shop.target), /Cordon did not make it/)
      assert.equal((await shop.read()).user, name, 'nothing was written')
      await root.query(`create role ${name}_idle login`)
      const beyond = (await check()).missing.filter((one) => one.startsWith('ADMIN on'))
      assert.deepEqual(beyond.length, version >= 16 ? 1 : 0)
      if (version >= 16) assert.match(beyond[0] ?? '', new RegExp(`\`${name}_idle\``))
      await root.end()
    })

    test('what hangs on the leaked login does not hold the hand-over up, and a standby with power is refused', async (t) => {
      const shop = await open('pair', (close) => t.after(close))
      const { name, context, target, leaked, tried, read } = shop
      const thief = await cluster.client(leaked.user, leaked.password)
      await thief.query('create temp table loot as select 1 as n')
      const root = await cluster.superuser()
      await root.query(`alter role ${name}_b createrole`)
      await assert.rejects(handOver.apply(context(), target), /has CREATEROLE/)
      await root.query(`alter role ${name}_b nocreaterole; grant ${name} to ${name}_b`)
      await assert.rejects(handOver.apply(context(), target), /is a member of/)
      await root.query(`revoke ${name} from ${name}_b`)
      const { rows } = await root.query<{ oid: string }>('select oid::int8 as oid from pg_roles where rolname = $1', [
        `${name}_b`,
      ])
      const standby = roleId(shop.authority, Number(rows[0]?.oid))
      for (const wall of [{ spared: [standby] }, { isOwn: (id: EntityId) => id === standby }]) {
        await assert.rejects(handOver.apply(context(wall), target), /own, or break-glass/)
      }
      assert.equal((await read()).user, name, 'nothing was written so far')
      await handOver.apply(context(), target)
      assert.equal(await tried(await read()), 'works')
      await thief.end()
      await root.end()
    })
  })
}
