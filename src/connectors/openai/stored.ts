import { parseOwnJson } from '#kit'
import {
  freshParts,
  readByOwnKeyOrBlind,
  requireValue,
  type PullContext,
  type SnapshotRows,
  type SnapshotStream,
} from '#sources/contract'

import { projectKeysOf } from './auth.ts'
import { listPage, type Listed } from './client.ts'
import type { OpenaiConfig } from './config.ts'
import { part } from './inventory.ts'
import type { RowKind } from './rows.ts'

export const storedEveryMs = 3_600_000
const pageRows = 100

const paths = {
  files: '/files',
  'vector-stores': '/vector_stores',
  assistants: '/assistants',
  'fine-tuning-jobs': '/fine_tuning/jobs',
} as const satisfies Partial<Record<RowKind, string>>
type StoredKind = keyof typeof paths
const isStored = (list: string): list is StoredKind => Object.hasOwn(paths, list)

/** Projects still to be asked, and the page of the first of them. */
type Walk = { projects: string[]; after: string | null }

const where = { secret: 'projectKeys', what: 'project', setting: 'dataProjects' }

async function page(context: PullContext<OpenaiConfig>, list: string, next: string | null): Promise<SnapshotRows> {
  const { config, see } = context
  const walk: Walk = next === null ? { projects: config.dataProjects, after: null } : parseOwnJson<Walk>(next)
  const [project, ...rest] = walk.projects
  if (project === undefined || !isStored(list)) return { rows: [], next: null }
  const keys = projectKeysOf(see)
  const query = { limit: pageRows, after: walk.after }
  const seen = freshParts()
  const asked = { of: list, what: `${list} of a project are`, thing: project, untold: [] }
  const listed = await readByOwnKeyOrBlind<Listed>(seen, asked, { rows: [], next: null }, () =>
    listPage(context, paths[list], query, `the ${list} of \`${project}\``, {
      bearer: requireValue(keys, project, where),
    }),
  )
  const left: Walk = listed.next === null ? { projects: rest, after: null } : { ...walk, after: listed.next }
  return {
    rows: part(
      list,
      listed.rows.map((row) => ({ ...row, project })),
    ),
    next: left.projects.length === 0 ? null : JSON.stringify(left),
    ...seen,
  }
}

/** What lies at the vendor: names and sizes, never contents. An admin key may not ask; each project has a key for it. */
export const stored: SnapshotStream<OpenaiConfig> = {
  name: 'stored',
  kind: 'snapshot',
  delayMs: { typical: storedEveryMs / 2, worst: storedEveryMs * 2 },
  everyMs: storedEveryMs,
  covers: ['resources'],
  requestsPerRun: 10,
  isOn: ({ dataProjects }) => dataProjects.length > 0,
  lists: () => Object.keys(paths),
  page,
}
