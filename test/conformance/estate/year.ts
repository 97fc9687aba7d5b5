import assert from 'node:assert/strict'

import type { Clock, Json, JsonObject } from '#kit'
import { defaultTenant, type ProjectionItem } from '#model'
import { projectEvent } from '#project'
import { eventId } from '#sources'

import type { SourceSetup } from '../../../lab/estate/truth.ts'
import type { Past } from '../../../lab/twins/kit/past.ts'
import { rowsWithin } from '../../../lab/twins/kit/past-pages.ts'
import { openSource, registered } from './source.ts'

/** A record of a log as Cordon's projection has it. */
export type Told = { native: string; atMs: number; item: ProjectionItem }
type Row = { native: string; eventAtMs: number | null; raw: Json }

/** Logs of one vendor of the estate, read by its connector, and each record understood on the way. */
export async function openLogs(setup: SourceSetup, pasts: Readonly<Record<string, Past<unknown>>>, clock: Clock) {
  const source = openSource(setup, clock, { isUnlimited: true })
  const authority = await source.authorityOf()
  const { connector } = registered(setup.connector)
  let offset = 0

  function understood(stream: string, { native, eventAtMs, raw }: Row): Told {
    const event = {
      id: eventId(defaultTenant, setup.connector, stream, native),
      tenant: defaultTenant,
      offset: ++offset,
      source: setup.connector,
      stream,
      eventAtMs,
      arrivedAtMs: clock.nowMs(),
      raw: JSON.stringify(raw),
    }
    const item = projectEvent(event, { connector: setup.connector, authority, normalize: connector.normalize })
    assert.ok(eventAtMs !== null, `${setup.connector} ${stream} ${native} has a time`)
    return { native, atMs: eventAtMs, item }
  }

  return {
    authority,
    streams: Object.keys(pasts),
    /** What the connector reads of a stream from one time up to another; of a stream that vendors push, what it keeps. */
    async read(stream: string, fromMs: number, toMs: number): Promise<Told[]> {
      const found: Told[] = []
      const of = connector.streams.find(({ name }) => name === stream)
      assert.ok(of !== undefined, `${setup.connector} has a stream ${stream}`)
      if (of.kind === 'push') {
        for (const { row } of rowsWithin(pasts[stream] ?? assert.fail(stream), { fromMs, toMs: toMs - 1 }))
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- rows of a past are objects of JSON
          for (const { native, ...kept } of of.keep?.(row as JsonObject) ?? [])
            found.push(understood(stream, { ...kept, native: native ?? assert.fail(`${stream} names its records`) }))
        return found
      }
      for await (const row of source.pull(stream, fromMs, toMs)) found.push(understood(stream, row))
      return found.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
    },
  }
}
