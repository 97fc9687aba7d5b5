import type { Client, Connection } from 'pg'

import { createHttp, parseJson, silentDiagnose, systemClock, type Json } from '#kit'
import type { EntityId, Normalized } from '#model'
import type { ActionContext } from '#respond/contract'
import { pullStream } from '#sources'
import type { PullContext, Stream, StreamEvent } from '#sources/contract'
import { postgres, type PostgresConfig } from '#connectors/postgres'

import { grantFunctions } from '../../src/connectors/postgres/grant-functions.ts'
import { postgres15, startCluster, type Cluster } from './postgres-cluster.ts'

export const passwords = {
  cordon_see: 'EXAMPLE-see',
  cordon_contain: 'EXAMPLE-contain',
  app: 'EXAMPLE-app',
  reader: 'EXAMPLE-reader',
} as const
export const peopleRows = 20_000

/** A small contractor's database: people, pay, an application's login, a reader, and Cordon's two logins. */
export async function startLab(settings: Record<string, string> = {}, bin = postgres15): Promise<Cluster> {
  const cluster = await startCluster(settings, bin)
  const root = await cluster.superuser()
  await root.query(`
    create table people (id int primary key, name text, email text, customer text);
    insert into people select g, 'Person ' || g, 'p' || g || '@lab.example', case when g % 2 = 0 then 'lab-aster' else 'lab-birch' end
      from generate_series(1, ${peopleRows}) g;
    create schema hr; create table hr.pay (person int, amount int); insert into hr.pay select g, g from generate_series(1, 100) g;
    create schema cordon; create view cordon.people as
      select 'public.people' as relation, id::text as person, customer from people;
    analyze;
    create role cordon_see login password '${passwords.cordon_see}' in role pg_monitor;
    grant select on pg_hba_file_rules to cordon_see; grant execute on function pg_hba_file_rules() to cordon_see;
    create role cordon_contain login createrole password '${passwords.cordon_contain}' in role pg_monitor, pg_signal_backend;
    grant usage on schema cordon to cordon_see; grant select on cordon.people to cordon_see;
    create role app login createrole password '${passwords.app}'; grant select, update on people to app;
    create role readers; grant usage on schema hr to readers; grant select on hr.pay to readers;
    create role reader login password '${passwords.reader}' in role readers; grant select (id, name) on people to reader;
  `)
  for (const statement of grantFunctions('cordon_contain')) await root.query(statement)
  await root.end()
  return cluster
}

export const configOf = (cluster: Cluster, more: Partial<PostgresConfig> = {}): PostgresConfig =>
  postgres.config.parse({
    host: cluster.host,
    port: cluster.port,
    user: 'cordon_see',
    containUser: 'cordon_contain',
    ssl: 'disable',
    logs: { format: 'jsonlog', path: `${cluster.logs}/*.json` },
    people: { database: 'postgres', view: 'cordon.people' },
    ...more,
  })

export const pullContext = (config: PostgresConfig): PullContext<PostgresConfig> => ({
  config,
  see: { password: passwords.cordon_see },
  http: createHttp([]),
  clock: systemClock,
  signal: AbortSignal.timeout(60_000),
  diagnose: silentDiagnose,
})

export const actionContext = (
  config: PostgresConfig,
  authority: string,
  more: Partial<ActionContext<PostgresConfig>> = {},
): ActionContext<PostgresConfig> => ({
  config,
  authority,
  contain: { password: passwords.cordon_contain },
  http: createHttp([]),
  clock: systemClock,
  signal: AbortSignal.timeout(60_000),
  key: 'act_test',
  home: {
    killKey: () => Promise.resolve('unknown-key'),
    reviveKey: () => Promise.resolve(),
    lendKey: () => Promise.resolve(),
    keyState: () => Promise.resolve('unknown-key'),
    keySuccessor: () => Promise.resolve(null),
    issueSuccessor: () => Promise.reject(new Error('not asked')),
    withdrawSuccessor: () => Promise.resolve(),
  },
  lent: () => undefined,
  isOwn: () => false,
  ...more,
})

export type Seen = { event: StreamEvent; normalized: Normalized }

/** Pulls one stream from a cursor to its present end, through JSON text as the log would keep it. */
export async function pull(
  stream: Stream<PostgresConfig>,
  context: PullContext<PostgresConfig>,
  authority: string,
  cursor: string | null = null,
): Promise<{ seen: Seen[]; cursor: string | null }> {
  const seen: Seen[] = []
  let at = cursor
  for await (const page of pullStream(stream)?.(context, at) ?? []) {
    for (const event of page.events) {
      const raw: Json = parseJson(JSON.stringify(event.raw))
      const normalized = postgres.normalize({
        stream: stream.name,
        raw,
        eventAtMs: event.eventAtMs,
        arrivedAtMs: systemClock.nowMs(),
        source: 'src_test',
        authority,
      })
      seen.push({ event: { ...event, raw }, normalized })
    }
    at = page.cursor
  }
  return { seen, cursor: at }
}

export const streamNamed = (name: string): Stream<PostgresConfig> => {
  const stream = postgres.streams.find((one) => one.name === name)
  if (stream === undefined) throw new Error(`no stream ${name}`)
  return stream
}

export const hasEdge = (seen: readonly Seen[], src: EntityId, type: string, dst: EntityId, op = 'open'): boolean =>
  seen.some(({ normalized }) =>
    normalized.edges.some((edge) => edge.src === src && edge.type === type && edge.dst === dst && edge.op === op),
  )

/** A cursor of the wire protocol: some rows of a statement, then something else. The log has no word for it. */
export async function takeSome(client: Client, text: string, rows: number): Promise<number> {
  let taken = 0
  let isSuspended = false
  await new Promise<void>((resolve, reject) => {
    client.query({
      submit(wire: Connection) {
        wire.parse({ text, name: '', types: [] }, true)
        wire.bind({ portal: 'loot', statement: '', values: [] }, true)
        // oxlint-disable-next-line typescript/unbound-method -- its types ask for rows as text, the wire for a number
        Reflect.apply(wire.execute, wire, [{ portal: 'loot', rows }, true])
        wire.flush()
      },
      handleRowDescription: () => undefined,
      handleDataRow: () => taken++,
      handlePortalSuspended: (wire: Connection) => {
        isSuspended = true
        wire.sync()
      },
      handleCommandComplete: () => undefined,
      handleError: reject,
      handleReadyForQuery: () => resolve(),
    })
  })
  if (!isSuspended) throw new Error('no more rows were waiting')
  return taken
}
