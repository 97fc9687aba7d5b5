import { sha256, toHex } from '#kit'
import type { TenantId } from '#model'
import type { Reader } from '#store'

import type { ControlState, Standing } from './types.ts'
import type { DayRow } from './writer.ts'

/** `since`: the first noted day on which it stood so, UTC. A day without a word in between is no change. */
export type Change = { day: string; framework: string; control: string; from: ControlState | null; to: ControlState }

export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10)

export const rowsOf = (standings: readonly Standing[]): DayRow[] =>
  standings.map(({ framework, control, state, open, excepted }) => ({ framework, control, state, open, excepted }))

/** Framework, control, state, against, excepted. */
export type PlainRow = [string, string, ControlState, number, number]

/** By framework and control, whatever order they come in. */
export function plainOf(rows: readonly DayRow[]): PlainRow[] {
  const key = ({ framework, control }: DayRow): string => `${framework} ${control}`
  return rows
    .toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
    .map(({ framework, control, state, open, excepted }) => [framework, control, state, open, excepted])
}

/** What the ledger holds of a day: SHA-256, hex, of its rows as JSON. Whoever has the rows can tell. */
export const digestOf = (rows: readonly DayRow[]): string => toHex(sha256(JSON.stringify(plainOf(rows))))

export const isNoted = (reader: Reader, tenant: TenantId, day: string): boolean =>
  reader.get('SELECT 1 FROM control_day WHERE tenant = ? AND day = ? LIMIT 1', tenant, day) !== undefined

/** Noted days from a day on, oldest first, each with its rows. */
export function daysSince(reader: Reader, tenant: TenantId, since: string): { day: string; rows: DayRow[] }[] {
  const rows = reader.all<DayRow & { day: string }>(
    `SELECT day, framework, control, state, open, excepted FROM control_day WHERE tenant = ? AND day >= ?
       ORDER BY day, framework, control`,
    tenant,
    since,
  )
  const days: { day: string; rows: DayRow[] }[] = []
  for (const { day, ...row } of rows) {
    if (days.at(-1)?.day !== day) days.push({ day, rows: [] })
    days.at(-1)?.rows.push(row)
  }
  return days
}

/** When a control came to stand otherwise than on the noted day before. */
export function changesOf(days: readonly { day: string; rows: readonly DayRow[] }[]): Change[] {
  const last = new Map<string, ControlState>()
  return days.flatMap(({ day, rows }) =>
    rows.flatMap(({ framework, control, state }) => {
      const key = `${framework} ${control}`
      const from = last.get(key) ?? null
      last.set(key, state)
      return from === state ? [] : [{ day, framework, control, from, to: state }]
    }),
  )
}
