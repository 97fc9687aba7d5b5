import { z } from 'zod'

import { parseJson } from '#kit'
import type { Stream } from '#sources/contract'

import { fileLogs, type PostgresConfig } from './config.ts'
import { eventsOf } from './log-events.ts'
import { tailLogs } from './log-files.ts'
import { keptSessions, LogSessions } from './log-sessions.ts'
import { createResolvers } from './resolve.ts'
import { logSigma } from './sigma.ts'

const cursorText = z.object({
  position: z.object({
    inode: z.string(),
    offset: z.number(),
    head: z.string(),
    headBytes: z.number(),
    mtimeMs: z.number(),
  }),
  sessions: keptSessions,
})

/** Follows the server's own log. Values leave a statement here, before anything is handed on. */
export function createFeed(): Stream<PostgresConfig> {
  const open = createResolvers()
  return {
    name: 'log',
    kind: 'feed',
    sigma: logSigma,
    delayMs: { typical: 1_000, worst: 5_000 },
    everyMs: 500,
    covers: ['reads', 'writes', 'admin', 'logins'],
    scopes: ['pg_monitor'],
    historyMs: null,
    isOn: (config) => fileLogs(config) !== undefined,
    async *pull(context, cursor) {
      const { config, diagnose, signal } = context
      const logs = fileLogs(config)
      if (logs === undefined) return
      const from = cursor === null ? null : cursorText.parse(parseJson(cursor))
      const sessions = new LogSessions(from?.sessions)
      const lookup = open(context)
      try {
        for await (const page of tailLogs(logs, from?.position ?? null, signal, diagnose)) {
          if (page.records.length === 0 && page.position.offset === from?.position.offset) continue
          const events = await eventsOf(page.records, logs.format, lookup, sessions, context)
          yield { events, cursor: JSON.stringify({ position: page.position, sessions: sessions.toKept() }) }
        }
      } finally {
        await lookup.close()
      }
    },
  }
}
