import { z } from 'zod'

import { isObject, parseOwnJson, type HttpResponse, type Json } from '#kit'
import type { Topic } from '#model'
import { readAnswer, readInsideOrBlind, readUnlessGone, type PartsSeen, type PullContext } from '#sources/contract'

import { call, type Query } from './api.ts'
import type { GithubConfig, OptionalList } from './config.ts'
import { listAll } from './lists.ts'
import { reduceHook } from './reduce.ts'
import { collaboratorRow, keyRow, repoRow, repoTeamRow, runnerRow, secretRow } from './rows.ts'
import { setsInside } from './secret-set.ts'
import { readWorkflowFile } from './workflow-file.ts'

type Context = PullContext<GithubConfig>

/** Packages kept of one repository; a larger graph is cut there, and says so. */
export const packagesMax = 5_000
/** Workflow files read of one repository. */
export const workflowFilesMax = 200

const record = z.record(z.string(), z.json())
const workflow = z.object({
  id: z.number(),
  path: z.string(),
  state: z.string(),
  created_at: z.string().nullish(),
})
const environment = z.object({
  name: z.string(),
  protection_rules: z.array(z.object({ type: z.string() })).optional(),
})
const file = z.object({ content: z.string(), encoding: z.literal('base64') })
const sbom = z.object({
  sbom: z.object({
    packages: z.array(
      z.object({
        externalRefs: z.array(z.object({ referenceType: z.string(), referenceLocator: z.string() })).optional(),
      }),
    ),
  }),
})

/** What hangs on a repository, what posture cannot say without it, and who has to be asked for it apart. */
const inside = {
  collaborators: ['collaborators', ['collaborators']],
  teams: ['teams', ['collaborators']],
  keys: ['deploy keys', ['keys', 'deploy-keys']],
  hooks: ['webhooks', []],
  secrets: ['secrets', ['workflows']],
  'organisation-secrets': ['secrets of the organisation', ['workflows']],
  environments: ['environments', ['workflows']],
  runners: ['runners', []],
  workflows: ['workflows', ['workflows']],
  packages: ['packages', []],
} as const satisfies Record<string, readonly [what: string, untold: readonly Topic[]]>

/**
 * One repository with all that hangs on it, each part by its own list; null where it is gone meanwhile. An archived one runs
 * nothing: half as many requests. A part that it keeps from us is named in `seen`, and takes nothing else with it.
 */
export async function readRepository(context: Context, row: Json, seen: PartsSeen): Promise<Json | null> {
  const repository = repoRow.parse(row)
  const base = `/repos/${repository.full_name}`
  const isThere = async (): Promise<boolean> => {
    const response = await call(context, 'GET', base)
    // What is kept from us is there; what has its name now may be another.
    if (response.status === 404 || response.status === 403) return response.status === 403
    return readAnswer(identified, response, 'a repository').id === repository.id
  }
  const ask = <Row>(name: keyof typeof inside, read: () => Promise<Row[]>): Promise<Row[]> => {
    const [what, untold] = inside[name]
    const part = { of: `repositories/${name}`, what: `the ${what} of \`${repository.full_name}\` are`, untold }
    return readInsideOrBlind(seen, { ...part, thing: String(repository.id) }, [], isThere, read)
  }
  return readUnlessGone(null, isThere, async () => {
    const parts = await partsOf(context, repository, base, ask)
    return z.json().parse(parseOwnJson(JSON.stringify(parts)))
  })
}

const identified = z.object({ id: z.number() })

type Ask = <Row>(name: keyof typeof inside, read: () => Promise<Row[]>) => Promise<Row[]>

async function partsOf(context: Context, repository: z.infer<typeof repoRow>, base: string, ask: Ask) {
  const has = (part: OptionalList): boolean => !context.config.skip.includes(part)
  const isLive = !repository.archived
  const list = <Row>(path: string, row: z.ZodType<Row>, what: string, more: { query?: Query; field?: string } = {}) =>
    listAll(context, `${base}${path}`, row, `the ${what} of a repository`, more)
  const direct = { query: { affiliation: 'direct' } }
  return {
    repository,
    collaborators: await ask('collaborators', () => list('/collaborators', collaboratorRow, 'collaborators', direct)),
    teams: await ask('teams', () => list('/teams', repoTeamRow, 'teams')),
    keys: await ask('keys', () => list('/keys', keyRow, 'deploy keys')),
    hooks: has('hooks')
      ? await ask('hooks', async () => (await list('/hooks', record, 'webhooks')).map(reduceHook))
      : [],
    secrets: has('secrets') ? await ask('secrets', () => secretsOf(context, `${base}/actions/secrets`)) : [],
    orgSecrets:
      has('secrets') && isLive
        ? await ask('organisation-secrets', async () =>
            (await secretsOf(context, `${base}/actions/organization-secrets`)).map(({ name }) => name),
          )
        : [],
    places: setsInside(context.config, repository.id),
    environments: has('secrets') && isLive ? await ask('environments', () => environmentsOf(context, base)) : [],
    runners:
      has('runners') && isLive
        ? await ask('runners', () => list('/actions/runners', runnerRow, 'runners', { field: 'runners' }))
        : [],
    workflows: has('workflows') && isLive ? await ask('workflows', () => workflowsOf(context, base)) : [],
    packages: has('packages') && isLive ? await ask('packages', () => packagesOf(context, base)) : [],
  }
}

const secretsOf = (context: Context, path: string) =>
  listAll(context, path, secretRow, 'the secrets of a repository', { field: 'secrets' })

async function environmentsOf(context: Context, base: string) {
  const found = await listAll(context, `${base}/environments`, environment, 'the environments of a repository', {
    field: 'environments',
  })
  const environments = []
  for (const one of found) {
    const path = `${base}/environments/${encodeURIComponent(one.name)}/secrets`
    environments.push({ ...one, secrets: await secretsOf(context, path) })
  }
  return environments
}

async function workflowsOf(context: Context, base: string) {
  const found = await listAll(context, `${base}/actions/workflows`, workflow, 'the workflows of a repository', {
    field: 'workflows',
  })
  const workflows = []
  for (const [index, one] of found.entries()) {
    // GitHub's own (`dynamic/…`, for its code scanning) are in no repository.
    const isFile = one.path.startsWith('.github/workflows/') && index < workflowFilesMax
    workflows.push({ ...one, ...(isFile ? await readFile(context, base, one.path) : {}) })
  }
  return workflows
}

async function readFile(context: Context, base: string, path: string) {
  const address = path.split('/').map(encodeURIComponent).join('/')
  const response = await call(context, 'GET', `${base}/contents/${address}`)
  // A workflow of another branch has no file on the default one.
  if (response.status === 404) return {}
  const { content } = readAnswer(file, response, 'a workflow file')
  return readWorkflowFile(Buffer.from(content, 'base64').toString('utf8'))
}

/** The dependency graph is off for some repositories, and empty for others: both are no packages. */
async function packagesOf(context: Context, base: string): Promise<string[]> {
  const response = await call(context, 'GET', `${base}/dependency-graph/sbom`)
  if (response.status === 404 || isGraphOff(response)) return []
  const { packages } = readAnswer(sbom, response, 'the dependency graph of a repository').sbom
  const urls = packages.flatMap(({ externalRefs = [] }) =>
    externalRefs.flatMap(({ referenceType, referenceLocator }) => (referenceType === 'purl' ? [referenceLocator] : [])),
  )
  if (urls.length > packagesMax) {
    context.diagnose('warn', 'a repository has more packages than are kept', {
      packages: urls.length,
      kept: packagesMax,
    })
  }
  return [...new Set(urls)].sort().slice(0, packagesMax)
}

function isGraphOff(response: HttpResponse): boolean {
  if (response.status !== 403) return false
  const body = response.json()
  return isObject(body) && /dependency graph/i.test(JSON.stringify(body['message'] ?? ''))
}
