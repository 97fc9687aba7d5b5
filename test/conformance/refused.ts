import assert from 'node:assert/strict'

import { CordonError, parseJson, type Http, type HttpResponse, type Json } from '#kit'
import { pullStream } from '#sources'
import {
  isStreamOn,
  readSnapshot,
  type Blind,
  type Connector,
  type Page,
  type PullContext,
  type SnapshotStream,
} from '#sources/contract'

/** A vendor's answer to who may not. */
export const refusal = (status: number, body: Json = {}): HttpResponse => {
  const text = JSON.stringify(body)
  return { status, text, bytes: Buffer.from(text), header: () => undefined, json: () => parseJson(text) }
}

type Run = { asked: Map<string, string[]>; rows: Map<string, number>; blind: readonly Blind[] }

/** One run of a snapshot on a client of ours: what each list asked for, what it read, and what could not be. */
async function run<Config>(
  stream: SnapshotStream<Config>,
  context: PullContext<Config>,
  /** A path; that of one namespace (Kubernetes) counts as the list's. */
  refused?: string,
  answer = refusal(403, {}),
): Promise<Run> {
  const asked = new Map<string, string[]>()
  let list = ''
  const watched: SnapshotStream<Config> = {
    ...stream,
    page: (of, now, next) => {
      list = now
      return stream.page(of, now, next)
    },
  }
  const http: Http = {
    async request(url, request) {
      const { pathname } = new URL(url)
      asked.set(list, [...(asked.get(list) ?? []), pathname])
      return pathname.replace(/\/namespaces\/[^/]+(?=\/)/, '') === refused ? answer : context.http.request(url, request)
    },
  }
  const pages: Page[] = []
  for await (const page of pullStream(watched)?.({ ...context, http }, null) ?? []) pages.push(page)
  const rows = new Map<string, number>()
  for (const { events } of pages)
    for (const { raw } of events) {
      const { kind, rows: held } = readSnapshot(raw)?.rows ?? {}
      if (typeof kind === 'string' && Array.isArray(held)) rows.set(kind, (rows.get(kind) ?? 0) + held.length)
    }
  return { asked, rows, blind: pages.at(-1)?.blind ?? [] }
}

/**
 * Of every list of every snapshot of a connector: what it asks first, and no other list does, is refused for want of a
 * right. The run ends, names it, and the other lists have read what they always do. Returns the lists that were tried.
 */
export async function refuseEach<Config>(
  connector: Connector<Config>,
  contextOf: () => PullContext<Config>,
  { status = 403, body = {} }: { status?: number; body?: Json } = {},
): Promise<string[]> {
  const tried: string[] = []
  for (const stream of connector.streams) {
    if (!('lists' in stream) || !isStreamOn(stream, contextOf().config)) continue
    const whole = await run(stream, contextOf())
    assert.deepEqual(whole.blind, [], `${stream.name} as it should be`)
    for (const [list, paths] of whole.asked) {
      const refused = paths.find((path) =>
        [...whole.asked].every(([of, other]) => of === list || !other.includes(path)),
      )
      // With one list alone nothing would be left to read.
      if (refused === undefined || whole.asked.size < 2) continue
      const found: Run = await run(stream, contextOf(), refused, refusal(status, body)).catch((error: unknown) => {
        if (error instanceof CordonError) assert.fail(`${stream.name} fails for want of ${refused}: ${error.message}`)
        throw error
      })
      assert.notDeepEqual(found.blind, [], `${stream.name}: nothing said of ${refused}`)
      for (const [of, count] of whole.rows)
        if (of !== list) assert.equal(found.rows.get(of), count, `${of} without ${refused}`)
      tried.push(`${stream.name}/${list}`)
    }
  }
  return tried
}
