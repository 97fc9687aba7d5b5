import { test } from 'node:test'

import type { JsonObject } from '#kit'
import { huggingfaceConnector, type HuggingfaceConfig } from '#connectors/huggingface'

import type { FaultPlug, TwinAnswer, TwinRequest, TwinRow } from './plug.ts'
import { twinOrigin } from './run.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const repo = 'r1'

/** The Hub's answers over the suite's rows: lists behind a cursor in their link, commits by page, the whole log at once. */
const answer =
  (stream: Name) =>
  ({ url, header }: TwinRequest, twin: VendorTwin): TwinAnswer => {
    if (header('authorization') !== 'Bearer EXAMPLE') return { status: 401, body: { error: 'no' } }
    const { pathname, searchParams: query } = url
    const linked = (rows: JsonObject[], name: string, place: string | null): TwinAnswer => {
      const next = new URL(url)
      if (place !== null) next.searchParams.set(name, place)
      return { status: 200, headers: place === null ? {} : { link: `<${next.toString()}>; rel="next"` }, body: rows }
    }
    if (pathname.endsWith('/audit-log/export')) {
      return { status: 200, body: twin.byTime(0, Infinity, 0, 10_000).records }
    }
    if (pathname.includes('/commits/')) {
      const { records, next } = twin.byTime(0, Infinity, Number(query.get('p') ?? 0) * pageRows, pageRows)
      return linked(records, 'p', next === null ? null : String(next / pageRows))
    }
    if (stream === 'commits' && pathname.endsWith('/members'))
      return { status: 200, body: [{ _id: 'u1', user: 'grace' }] }
    const cursor = query.get('cursor')
    if (cursor !== null && twin.isCursorExpired) return { status: 400, body: { error: 'Invalid cursor' } }
    const space = /^\/api\/spaces\/brightwater\/([^/]+)\/secrets$/.exec(pathname)?.[1]
    if (space !== undefined) {
      const held = twin.inside('spaces', space)
      return { status: 200, body: held.length === 0 ? {} : { KEY: { key: 'KEY', updatedAt: '2026-03-24T10:39:00Z' } } }
    }
    if (query.get('sort') === 'lastModified') {
      const row = { _id: repo, id: 'brightwater/interviews', lastModified: new Date(twin.nowMs()).toISOString() }
      return { status: 200, body: pathname === '/api/datasets' ? [row] : [] }
    }
    const { records, next } = twin.byId(pathname.split('/').at(-1) ?? '', cursor, pageRows)
    return linked(records, 'cursor', next)
  }

/** Lists whose rows are their own: the others are asked for by what these bring. More often looked at, more of a schedule is seen. */
const ownLists: Record<string, readonly string[]> = {
  directory: ['members', 'datasets'],
  credentials: ['tokens'],
  secrets: ['secrets'],
}
const connector: typeof huggingfaceConnector = {
  ...huggingfaceConnector,
  streams: huggingfaceConnector.streams.map((stream) =>
    'lists' in stream
      ? { ...stream, everyMs: 2 * 60_000, lists: () => ownLists[stream.name] ?? [] }
      : { ...stream, everyMs: 60_000 },
  ),
}

type Name = 'directory' | 'credentials' | 'secrets' | 'commits' | 'audit'
const records: Record<Name, (row: TwinRow, list: string) => JsonObject> = {
  directory: ({ id }, list) => (list === 'members' ? { _id: id, user: id } : { _id: id, id: `brightwater/${id}` }),
  credentials: ({ id }) => ({ _id: id, owner: { _id: 'u1', name: 'grace' } }),
  secrets: ({ id }) => ({ _id: id, id: `brightwater/${id}` }),
  commits: ({ id, atMs }) => ({ id, date: new Date(atMs).toISOString(), title: 'part', authors: [{ user: 'grace' }] }),
  audit: ({ id, atMs }) => ({ _id: id, createdAt: new Date(atMs).toISOString(), type: 'repo.create' }),
}
const keeps: Record<Name, readonly string[]> = {
  directory: ['_id', 'id', 'user'],
  credentials: ['_id', 'owner'],
  secrets: ['space', '_id', 'id'],
  commits: ['id', 'date'],
  audit: ['_id', 'createdAt'],
}
const whole = 'the log comes whole'
const without: Record<Name, FaultPlug['without']> = {
  directory: {},
  credentials: {},
  secrets: {},
  commits: {
    'expired-cursor': 'commits are paged by number',
    'repeated-page': 'pages are numbered: rows that were pushed on come twice, a whole page never',
  },
  audit: { 'expired-cursor': whole, 'repeated-page': whole, 'empty-page': whole, 'page-shift': whole },
}

const plug = (stream: Name): FaultPlug<HuggingfaceConfig> => ({
  name: `huggingface ${stream}`,
  connector,
  config: huggingfaceConnector.config.parse({
    organization: 'brightwater',
    plan: 'team',
    spaceSecrets: true,
    apiUrl: twinOrigin,
  }),
  secrets: { token: 'EXAMPLE' },
  stream,
  record: records[stream],
  ...(stream === 'commits' ? { nativeOf: ({ id }: TwinRow) => `${repo}/${id}` } : {}),
  keeps: keeps[stream],
  answer: answer(stream),
  without: {
    'limit-403': 'its limits are 429s',
    'token-expiry': 'its tokens are static',
    ...without[stream],
  },
  ...(stream === 'commits' || stream === 'audit' ? {} : { isLong: true }),
})

for (const { name, run } of connectorSuite(
  connector,
  (['directory', 'credentials', 'secrets', 'commits', 'audit'] as const).map(plug),
))
  test(name, run)
