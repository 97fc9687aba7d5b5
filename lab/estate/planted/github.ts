import { makeUser, makeWorkflow, sshPrint, type Repo } from '../../twins/github/state.ts'
import type { GithubTwin } from '../../twins/github/twin.ts'
import { dayMs, type Company } from '../company/model.ts'
import { drawOf } from '../draw.ts'
import { fine, weak, type Draft } from '../truth.ts'

type World = { twin: GithubTwin; company: Company; repos: readonly Repo[]; fill: Draft; sshKey(hex: string): string }

/** A workflow: when it runs, which action, and what it is given. */
const workflow = (on: string, action: string, isGiven: boolean): string => `on: ${on}
jobs:
  work:
    runs-on: ubuntu-latest
    steps:
      - uses: ${action}
${isGiven ? "        env: { KEY: '${{ secrets.DEPLOY_KEY }}' }\n" : ''}`
const pinned = '8f4b7f84864484a7bf31766abe9204da3cbe65b3'

export function plantGithub(world: World): void {
  for (let n = 1; n <= world.company.size.weaknesses; n++) {
    plantWorkflows(world, n)
    plantSecrets(world, n)
    plantDeployKeys(world, n)
    plantOutsiders(world, n)
    plantDeadLeaks(world, n)
  }
  for (const [name, { repositories }] of world.twin.state.secrets)
    if (repositories === null)
      weak(world.fill, 'org-wide-secret', {
        noun: 'ci-secret',
        native: name,
        label: name,
        sinceMs: world.company.yearMs,
      })
}

function plantWorkflows({ twin: { state }, company, repos, fill }: World, n: number): void {
  const given = repos.filter(({ secrets, private: isPrivate }) => isPrivate && secrets.includes('DEPLOY_KEY'))
  const repo = given[n % given.length] ?? repos[0]
  if (repo === undefined) return
  const plants = [
    ['unpinned-workflow', 'announce', workflow('push', `a-stranger/announce@${n % 2 === 0 ? 'main' : 'v1'}`, true)],
    ['unpinned-workflow', 'sign', workflow('push', `a-stranger/sign@${pinned}`, true), 'pinned by its hash'],
    ['unpinned-workflow', 'lint', workflow('push', 'a-stranger/lint@main', false), 'is given no secret'],
    [
      'fork-readable-secret',
      'check',
      workflow('pull_request', 'actions/checkout@v4', true),
      'runs for forks without secrets',
    ],
    [
      'fork-readable-secret',
      'label',
      workflow('pull_request_target', 'actions/labeler@v5', false),
      "runs none of a stranger's code, with no secret",
    ],
  ] as const
  for (const [kind, name, text, why] of plants) {
    const { id, path } = makeWorkflow(state, repo, `${name}-${n}.yml`, text)
    const plant = { noun: 'workflow', native: `${repo.id}/${id}`, label: `${repo.name}: ${path}` } as const
    if (why === undefined) weak(fill, kind, { ...plant, sinceMs: company.nowMs - 100 * dayMs })
    else fine(fill, kind, { ...plant, why })
  }
}

function plantSecrets({ twin: { state }, repos, fill }: World, n: number): void {
  state.secrets.set(`REGISTRY_TOKEN_${n}`, { repositories: null })
  for (const [word, count] of [
    ['SITE', 1],
    ['TOOLS', 2],
  ] as const) {
    const name = `${word}_TOKEN_${n}`
    state.secrets.set(name, { repositories: repos.slice(0, count).map(({ id }) => id) })
    fine(fill, 'org-wide-secret', {
      noun: 'ci-secret',
      native: name,
      label: name,
      why: 'for chosen repositories alone',
    })
  }
}

function plantDeployKeys({ twin: { state }, company, repos, fill, sshKey }: World, n: number): void {
  const draw = drawOf(company.seed, `github/planted-key/${n}`)
  for (const [index, readOnly] of [false, true, true].entries()) {
    const repo = repos[(n + index) % repos.length]
    if (repo === undefined) continue
    const createdAtMs = company.nowMs - (30 + draw.int(200)) * dayMs
    const key = { id: state.next(), title: `mirror ${n}`, key: sshKey(draw.hex(64)), readOnly, createdAtMs, by: '' }
    repo.keys.set(key.id, key)
    const plant = {
      noun: 'deploy-key',
      native: `${repo.id}/${sshPrint(key.key)}`,
      label: `mirror key of ${repo.name}`,
    } as const
    if (!readOnly) weak(fill, 'writable-deploy-key', { ...plant, sinceMs: createdAtMs })
    else fine(fill, 'writable-deploy-key', { ...plant, why: 'reads alone' })
  }
}

/** Outside of the organisation: one who administers, one who writes, one who reads. */
function plantOutsiders({ twin: { state }, company, repos, fill }: World, n: number): void {
  for (const [role, why] of [
    ['admin', undefined],
    ['write', 'writes, as agreed'],
    ['read', 'reads alone'],
  ] as const) {
    const repo = repos.filter((one) => one.private)[n % Math.max(1, repos.length - 1)] ?? repos[0]
    if (repo === undefined) continue
    const { id, login } = makeUser(state, `outside-${role}-${n}`)
    repo.collaborators.set(id, role)
    const plant = { noun: 'user', native: String(id), label: `${login} on ${repo.name}` } as const
    if (why === undefined)
      weak(fill, 'outside-collaborator', {
        ...plant,
        sinceMs: company.nowMs - 100 * dayMs,
        with: [{ noun: 'collaboration', native: `${repo.id}/${id}` }],
      })
    else fine(fill, 'outside-collaborator', { ...plant, why })
  }
}

/** What scanning found, too, and opens nothing any more. */
function plantDeadLeaks({ twin: { state }, company, repos, fill }: World, n: number): void {
  const repo = repos[n % repos.length]
  if (repo === undefined) return
  for (const path of ['docs/example.env', 'test/old.env']) {
    const number = state.alerts.length + 1
    const createdAtMs = company.nowMs - 40 * dayMs
    state.alerts.push({
      number,
      repo: repo.id,
      type: 'okta_client_secret',
      secret: `EXAMPLE-dead-${n}-${path.length}`,
      path,
      createdAtMs,
    })
    const plant = { noun: 'leak', native: `${repo.id}/${number}`, label: `${repo.name}/${path}` } as const
    fine(fill, 'secret-in-repository', { ...plant, why: 'opens nothing: it was changed long ago' })
  }
}
