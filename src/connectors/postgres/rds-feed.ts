import { z } from 'zod'

import { parseJson } from '#kit'
import type { Stream } from '#sources/contract'

import { rdsLogs, type PostgresConfig } from './config.ts'
import { eventsOf } from './log-events.ts'
import { keptSessions, LogSessions } from './log-sessions.ts'
import { tailRds } from './rds-files.ts'
import { createResolvers } from './resolve.ts'
import { logSigma } from './sigma.ts'

const position = z.object({ file: z.string(), marker: z.string(), skip: z.int().min(0) })
/** Of each instance. Ids of sessions are of an instance, too. */
const cursorText = z.record(z.string(), z.object({ position, sessions: keptSessions }))

/** The log of Amazon RDS and Aurora: the same lines by another way, so the same events. */
export function createRdsFeed(): Stream<PostgresConfig> {
  const open = createResolvers()
  return {
    name: 'rds-log',
    kind: 'feed',
    sigma: logSigma,
    // RDS shows a line within seconds of its being written; the rest is how often it is asked.
    delayMs: { typical: 30_000, worst: 120_000 },
    everyMs: 30_000,
    covers: ['reads', 'writes', 'admin', 'logins'],
    scopes: ['pg_monitor', 'rds:DescribeDBLogFiles', 'rds:DownloadDBLogFilePortion'],
    historyMs: null,
    isOn: (config) => rdsLogs(config) !== undefined,
    async *pull(context, cursor) {
      const { config, http, diagnose, signal } = context
      const logs = rdsLogs(config)
      if (logs === undefined) return
      const places = cursor === null ? {} : cursorText.parse(parseJson(cursor))
      const lookup = open(context)
      try {
        for (const instance of logs.instances) {
          const from = places[instance]
          const sessions = new LogSessions(from?.sessions)
          const onGap = (): void => diagnose('warn', 'postgres.log.gap', { instance })
          for await (const page of tailRds({ http, signal, logs }, instance, from?.position, onGap)) {
            const events = await eventsOf(page.records, 'csvlog', lookup, sessions, context)
            places[instance] = { position: page.position, sessions: sessions.toKept() }
            // Two instances may give two sessions one id.
            for (const event of events) event.native = `${instance}/${event.native}`
            yield { events, cursor: JSON.stringify(places) }
          }
        }
      } finally {
        await lookup.close()
      }
    },
  }
}
