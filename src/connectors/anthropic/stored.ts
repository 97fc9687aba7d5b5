import { parseOwnJson } from '#kit'
import {
  freshParts,
  readByOwnKeyOrBlind,
  requireValue,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
} from '#sources/contract'

import { workspaceKeysOf } from './auth.ts'
import { listPage, pageRows, type Listed } from './client.ts'
import type { AnthropicConfig } from './config.ts'
import { part } from './inventory.ts'

export const storedEveryMs = 3_600_000

/** Workspaces still to be asked, and the page of the first of them. */
type Walk = { workspaces: string[]; page: string | null }

const where = { secret: 'workspaceKeys', what: 'workspace', setting: 'dataWorkspaces' }

async function page(context: PullContext<AnthropicConfig>, next: string | null): Promise<SnapshotRows> {
  const { config, see } = context
  const walk: Walk = next === null ? { workspaces: config.dataWorkspaces, page: null } : parseOwnJson<Walk>(next)
  const [workspace, ...rest] = walk.workspaces
  if (workspace === undefined) return { rows: [], next: null }
  const keys = workspaceKeysOf(see)
  const seen = freshParts()
  const asked = { of: 'files', what: 'files of a workspace are', thing: workspace, untold: [] }
  const listed = await readByOwnKeyOrBlind<Listed>(seen, asked, { rows: [], next: null }, () => {
    const how = { key: requireValue(keys, workspace, where), paging: 'page' } as const
    return listPage(context, '/v1/files', { limit: pageRows }, walk.page, `the files of \`${workspace}\``, how)
  })
  const left: Walk = listed.next === null ? { workspaces: rest, page: null } : { ...walk, page: listed.next }
  return {
    rows: part(
      'files',
      listed.rows.map((row) => ({ ...row, workspace })),
    ),
    next: left.workspaces.length === 0 ? null : JSON.stringify(left),
    ...seen,
  }
}

/** What lies at the vendor: names and sizes, never contents. An admin key may not ask; each workspace has a key for it. */
export const stored: SnapshotStream<AnthropicConfig> = {
  name: 'stored',
  kind: 'snapshot',
  delayMs: { typical: storedEveryMs / 2, worst: storedEveryMs * 2 },
  everyMs: storedEveryMs,
  covers: ['resources'],
  requestsPerRun: 10,
  isOn: ({ dataWorkspaces }) => dataWorkspaces.length > 0,
  lists: () => ['files'],
  page: (context, _, next) => page(context, next),
}
