import assert from 'node:assert/strict'

import { createHttp, isObject, type Clock, type Http } from '#kit'
import { entityId, type EntityId } from '#model'
import { postgres, postgresActions, type PostgresConfig } from '#connectors/postgres'
import { vaultActions, vaultConnector, vaultHolder, vaultOrigins } from '#connectors/vault'
import { plannedPlaces, type ActionContext } from '#respond/contract'

import { passwordId } from '../../src/connectors/postgres/ids.ts'
import { openStages } from '../conformance/cordon.ts'
import { planOf } from '../conformance/plan.ts'
import { ask, foundCompany, openCordon, openTwinVault, readSecret } from '../conformance/vault/company.ts'
import type { Cluster } from './postgres-cluster.ts'

export type Mode = 'pair' | 'made'
const logins = { see: 'EXAMPLE-see', contain: 'EXAMPLE-contain' }
const leaked = 'EXAMPLE-leaked'
let shops = 0

/** SQL as `source role` prints it, by somebody who may: the two logins, and from 16 on the grants with ADMIN. */
export async function giveRights(cluster: Cluster, config: PostgresConfig): Promise<void> {
  const root = await cluster.superuser()
  const { rows } = await root.query<{ version: number }>(`select current_setting('server_version_num')::int as version`)
  for (const use of ['see', 'contain'] as const) {
    const json = postgres.role?.(config, use)?.json
    const named = (key: string): string[] => {
      const list = isObject(json) ? json[key] : undefined
      return Array.isArray(list) ? list.map(String) : []
    }
    const name = use === 'see' ? config.user : config.containUser
    const known = await root.query('select 1 from pg_roles where rolname = $1', [name])
    if (known.rows.length === 0) {
      for (const sql of named('statements')) await root.query(sql)
      await root.query(`alter role ${name} password '${logins[use]}'`)
    }
    if ((rows[0]?.version ?? 0) >= 160_000) for (const sql of named('from16')) await root.query(sql)
  }
  await root.end()
}

/**
 * A shop that logs in with a password it reads from Vault, and knows nothing of Cordon. `pair`: the standby is there, without
 * LOGIN; `made`: Cordon makes it.
 */
export async function openShop(cluster: Cluster, mode: Mode, clock: Clock, rereadSeconds = 0) {
  const name = `shop${++shops}`
  const root = await cluster.superuser()
  await root.query(`
    create table ${name}_orders (id int primary key, what text); insert into ${name}_orders values (1, 'one');
    create role ${name}_rw; grant select, insert on ${name}_orders to ${name}_rw;
    create role ${name} login password '${leaked}' in role ${name}_rw`)
  if (mode === 'pair')
    await root.query(`create role ${name}_b nologin in role ${name}_rw; comment on role ${name}_b is 'o''clock'`)
  const { rows } = await root.query<{ oid: string }>('select oid::int8 as oid from pg_roles where rolname = $1', [name])
  await root.end()

  const vault = await openTwinVault()
  const path = `prod/${name}`
  const values = { DB_USER: 'user', DB_PASSWORD: 'password' }
  const company = await foundCompany(vault, { places: [{ mount: 'secret', path, values, rereadSeconds }] })
  const target: EntityId = entityId('resource', company.authority, `kv/secret/${path}`)
  await ask(vault, 'POST', `secret/data/${path}`, { data: { DB_USER: name, DB_PASSWORD: leaked, zone: 'a' } })

  const config = postgres.config.parse({
    host: cluster.host,
    port: cluster.port,
    user: 'cordon_see',
    containUser: 'cordon_contain',
    ssl: 'disable',
    successors: [
      { role: name, standby: `${name}_b`, place: target, ...(mode === 'made' ? { memberOf: [`${name}_rw`] } : {}) },
    ],
  })
  await giveRights(cluster, config)
  const see = { password: logins.see }
  const http = createHttp([])
  const signal = AbortSignal.timeout(120_000)
  const diagnose = (): void => undefined
  const check = () => postgres.check({ config, see, http, clock, signal, diagnose })
  const { authority } = await check()
  const side = openStages({
    connector: postgres,
    config,
    authority,
    clock,
    origins: [],
    secretsOf: (use) => ({ password: logins[use] }),
  })
  const vaultSide = openCordon(company)
  const credential = passwordId(authority, Number(rows[0]?.oid))
  return {
    name,
    config,
    authority,
    company,
    vault,
    target,
    credential,
    leaked: { user: name, password: leaked },
    containSecret: { password: logins.contain },
    vaultSide,
    side,
    check,
    /** What a step acts with; `at`: Vault, as it answers this try. */
    context(over: Partial<ActionContext<PostgresConfig>> = {}, at: Http = createHttp(vaultOrigins(company.config))) {
      const { signal: _, ...there } = vaultSide.context({ http: vaultSide.httpFor('contain', at) })
      return side.context({ place: { holder: vaultHolder, context: there }, ...over })
    },
    /** What the consumer reads. */
    async read() {
      const found = await readSecret(vault, path)
      assert.equal(found['zone'], 'a', 'what else stands there stays')
      return { user: found['DB_USER'] ?? '', password: found['DB_PASSWORD'] ?? '' }
    },
    /** As the shop, or its thief: `works`, or why the server refuses. */
    async tried({ user, password }: { user: string; password: string }): Promise<string> {
      try {
        const client = await cluster.client(user, password)
        await client.query(`select * from ${name}_orders`)
        await client.end()
        return 'works'
      } catch (error) {
        return isObject(error) ? String(error['code']) : 'failed'
      }
    },
    async plan() {
      await side.pull('inventory')
      return planOf({
        house: side,
        sources: [
          { connector: postgres, actions: postgresActions, authority },
          {
            connector: vaultConnector,
            actions: vaultActions,
            authority: company.authority,
            places: plannedPlaces(vaultHolder, company.config, company.authority),
          },
        ],
        trigger: { kind: 'credential', credential },
        fromMs: clock.nowMs(),
        nowMs: clock.nowMs(),
        by: 'postgres',
      })
    },
    async close(): Promise<void> {
      side.close()
      vaultSide.close()
      await vault.close()
    },
  }
}
export type Shop = Awaited<ReturnType<typeof openShop>>
