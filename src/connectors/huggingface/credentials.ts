import { z } from 'zod'

import { isObject, parseOwnJson, type JsonObject } from '#kit'
import { isTold, segment, textAt, type PullContext, type SnapshotRows, type SnapshotStream } from '#sources/contract'

import { scopesOfStream } from './auth.ts'
import { call, listPage, organizationPath, read } from './client.ts'
import { hasPlan, type HuggingfaceConfig } from './config.ts'
import { directoryEveryMs, idsByName, part, row } from './directory.ts'

const tokensRows = 100

type Context = PullContext<HuggingfaceConfig>

async function tokens(context: Context, next: string | null): Promise<SnapshotRows> {
  const path = `${organizationPath(context.config)}/settings/tokens`
  // Without `q` the Hub leaves out those that are revoked: they would seem to be gone.
  const query = `?${new URLSearchParams({ limit: String(tokensRows), q: 'status:all' }).toString()}`
  const listed = await listPage(context, row, path, query, next, 'the list of tokens')
  const rows: JsonObject[] = []
  for (const token of listed.rows) {
    const owner = isObject(token['owner']) ? token['owner'] : {}
    const isNamedAlone = textAt(owner, '_id') === ''
    const id = isNamedAlone ? ((await idsByName(context)).get(textAt(owner, 'name')) ?? null) : textAt(owner, '_id')
    rows.push({ ...token, owner: { ...owner, _id: id } })
  }
  return { rows: part('tokens', rows), next: listed.next }
}

/** Accounts that have still to be asked for their tokens, and the page of accounts after them. */
type Walk = { queue: string[]; after: string | null }
const left = ({ queue, after }: Walk): string | null =>
  queue.length === 0 && after === null ? null : JSON.stringify({ queue, after })

const account = z.object({ accessTokens: z.array(row).default([]) })

/** A page of accounts first, then the tokens of each. One that was deleted meanwhile has none. */
async function accounts(context: Context, next: string | null): Promise<SnapshotRows> {
  const path = `${organizationPath(context.config)}/service-accounts`
  const { queue, after }: Walk = next === null ? { queue: [], after: null } : parseOwnJson<Walk>(next)
  const [id, ...rest] = queue
  if (id === undefined) {
    const listed = await listPage(context, row, path, '', after, 'the list of service accounts')
    const found = listed.rows.map((one) => textAt(one, '_id')).filter(isTold)
    return { rows: part('accounts', listed.rows), next: left({ queue: found, after: listed.next }) }
  }
  const response = await call(context, 'GET', `${path}/${segment(id)}`)
  const held = response.status === 404 ? [] : read(account, response, 'a service account').accessTokens
  const rows = held.map((token) => ({ ...token, account: id }))
  return { rows: part('accountTokens', rows), next: left({ queue: rest, after }) }
}

const lists: Record<string, (context: Context, next: string | null) => Promise<SnapshotRows>> = { tokens, accounts }

/** Members' tokens and service accounts with theirs, from Team on; never a value, nor a letter of one. */
export const credentials: SnapshotStream<HuggingfaceConfig> = {
  name: 'credentials',
  kind: 'snapshot',
  delayMs: { typical: directoryEveryMs / 2, worst: directoryEveryMs * 2 },
  everyMs: directoryEveryMs,
  tells: ['keys', 'key-use'],
  covers: ['identities', 'grants'],
  scopes: scopesOfStream.credentials,
  requestsPerRun: 10,
  isOn: (config) => hasPlan(config, 'team'),
  lists: () => Object.keys(lists),
  async page(context, list, next) {
    return lists[list]?.(context, next) ?? { rows: [], next: null }
  },
}
