import { test } from 'node:test'

import type { JsonObject } from '#kit'
import { huggingfaceConnector, type HuggingfaceConfig } from '#connectors/huggingface'

import type { Gate } from './hunt.ts'
import type { FaultPlug, TwinAnswer, TwinRequest, TwinRow } from './plug.ts'
import { twinOrigin } from './run.ts'
import { textOf } from './scratch.ts'
import { connectorSuite } from './suite.ts'
import type { VendorTwin } from './twin.ts'

const pageRows = 7
const repo = 'r1'
const self = {
  id: 'u1',
  name: 'grace',
  auth: { accessToken: { role: 'read' } },
  orgs: [{ id: 'o1', name: 'brightwater', plan: 'team' }],
}

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
    if (pathname === '/api/whoami-v2') return { status: 200, body: self }
    const account = /\/service-accounts\/([^/]+)$/.exec(pathname)?.[1]
    if (account !== undefined) {
      const accessTokens = twin.inside('accountTokens', account)
      return accessTokens.length === 0
        ? { status: 404, body: { error: 'no such account' } }
        : { status: 200, body: { _id: account, accessTokens } }
    }
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

/** More often looked at, more of a schedule is seen. */
const connector: typeof huggingfaceConnector = {
  ...huggingfaceConnector,
  streams: huggingfaceConnector.streams.map((stream) =>
    'lists' in stream ? { ...stream, everyMs: 2 * 60_000 } : { ...stream, everyMs: 60_000 },
  ),
}

type Name = 'directory' | 'credentials' | 'secrets' | 'commits' | 'audit'
const records: Record<Name, (row: TwinRow, list: string) => JsonObject> = {
  directory: ({ id }, list) =>
    list === 'members'
      ? { _id: id, user: id }
      : list === 'resource-groups'
        ? { id }
        : { _id: id, id: `brightwater/${id}` },
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

type Part = Partial<FaultPlug<HuggingfaceConfig>> & { stream: Name; lists?: string[] }
const parts: Part[] = [
  {
    stream: 'directory',
    tells: { 'groups/groups': ({ id }) => [textOf(id)] },
    aside: { 'organization/organization': 'the one it is' },
  },
  { stream: 'credentials', lists: ['tokens'] },
  // Each account is asked for by itself.
  { stream: 'credentials', name: 'huggingface accounts', lists: ['accounts'], rowsMax: 12 },
  { stream: 'secrets' },
  { stream: 'commits' },
  { stream: 'audit' },
]

const plug = ({ stream, ...part }: Part): FaultPlug<HuggingfaceConfig> => ({
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
  ...part,
})

const shared = 'read once a run: several may wait for it, and no stack tells who'
const elsewhere: Gate['elsewhere'] = [
  [/await idsByName/, shared],
  [/await call\(access, 'GET', path(?:, \{ token \})?\)$/, 'actions alone'],
]
for (const { name, run } of connectorSuite(connector, parts.map(plug), { elsewhere })) test(name, run)
