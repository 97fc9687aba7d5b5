import { CordonError } from '#kit'
import { fullName, packageEntity, packageName, parsePurl, type EntityId } from '#model'

import {
  nameCi,
  nameDeployKey,
  nameRepo,
  nameRepoActions,
  nameRepos,
  nameSecret,
  nameSecretSet,
  nameSlot,
  nameTeam,
  nameUser,
  nameWorkflow,
  sshPrint,
} from './names.ts'
import { sayHook, sayRunner, saySecret } from './normalize-organisation.ts'
import { edgesOfRole, roleOf } from './rights.ts'
import type { RepoWithParts, RoleFields } from './rows.ts'
import { timeOf, type Statements } from './statements.ts'
import { readActionRef } from './workflow-file.ts'

/** One repository with all that hangs on it. */
export function sayRepository(say: Statements, row: RepoWithParts): void {
  const { authority } = say
  const { repository } = row
  const repo = nameRepo(authority, repository.id)
  const actions = nameRepoActions(authority, repository.id)
  const visibility = repository.visibility ?? (repository.private ? 'private' : 'public')
  const sinceMs = timeOf(repository.created_at)
  say.fact(repo, {
    name: repository.full_name,
    kind: 'repository',
    visibility,
    public: visibility === 'public',
    archived: repository.archived,
    fork: repository.fork,
    createdAtMs: sinceMs,
    lastUsedAtMs: timeOf(repository.pushed_at),
  })
  say.fact(actions, { name: `Actions of ${repository.full_name}`, kind: 'workflows', fixed: true })
  say.open(nameRepos(authority), 'CONTAINS', repo, { sinceMs })
  if (!repository.archived) say.open(nameRepoActions(authority, 'all'), 'CONTAINS', actions, { sinceMs })
  for (const user of row.collaborators) sayRole(say, nameUser(authority, user.id), row, user)
  for (const team of row.teams) sayRole(say, nameTeam(authority, team.id), row, team)
  sayKeys(say, row)
  for (const hook of row.hooks) sayHook(say, repository.id, hook)
  for (const runner of row.runners) sayRunner(say, repository.id, runner)
  saySecrets(say, row)
  sayWorkflows(say, row)
  sayPackages(say, row)
}

function sayRole(say: Statements, holder: EntityId, { repository }: RepoWithParts, given: RoleFields): void {
  const role = roleOf(given)
  const { onRepository, onActions } = edgesOfRole(role, repository.archived)
  const repo = nameRepo(say.authority, repository.id)
  const actions = nameRepoActions(say.authority, repository.id)
  for (const type of onRepository) say.open(holder, type, repo, { note: role })
  for (const type of onActions) say.open(holder, type, actions, { note: 'by a workflow it pushes' })
}

/** Named by its fingerprint, which the audit log knows as well: adding the same key again is the same credential. */
function sayKeys(say: Statements, { repository, keys }: RepoWithParts): void {
  for (const key of keys) {
    const print = sshPrint(key.key)
    if (print === undefined) continue
    const entity = nameDeployKey(say.authority, repository.id, print)
    const sinceMs = timeOf(key.created_at)
    say.fact(entity, {
      name: `deploy key ${key.title} of ${repository.full_name}`,
      kind: 'ssh-key',
      createdAtMs: sinceMs,
      lastUsedAtMs: timeOf(key.last_used),
      readOnly: key.read_only,
      owner: key.added_by ?? null,
      status: key.enabled === false ? 'disabled' : 'active',
    })
    if (key.enabled === false) continue
    const { onRepository, onActions } = edgesOfRole(key.read_only ? 'read' : 'write', repository.archived)
    const repo = nameRepo(say.authority, repository.id)
    const actions = nameRepoActions(say.authority, repository.id)
    for (const type of onRepository) say.open(entity, type, repo, { sinceMs, note: 'deploy key' })
    for (const type of onActions) say.open(entity, type, actions, { sinceMs, note: 'by a workflow it pushes' })
  }
}

/** GitHub's precedence: the environment's secret of a name, else the repository's, else the organisation's. */
function saySecrets(say: Statements, { repository, secrets, orgSecrets, environments, places }: RepoWithParts): void {
  const where = repository.id
  const actions = nameRepoActions(say.authority, where)
  for (const native of places) {
    const place = nameSecretSet(say.authority, native)
    // Whoever can push may make a workflow that reads an environment, unless its rules say no; Dependabot and codespaces, too.
    const isGuarded = environments.some(
      ({ name, protection_rules: rules }) =>
        native.endsWith(`/environment/${encodeURIComponent(name)}`) && (rules ?? []).length > 0,
    )
    if (place !== actions) say.open(actions, 'CONTAINS', place, isGuarded ? { conditional: true } : {})
  }
  const slots = new Map<string, EntityId>()
  for (const name of orgSecrets) slots.set(name.toUpperCase(), nameSecret(say.authority, { where: 'org', name }))
  for (const secret of secrets) {
    const entity = saySecret(say, { where, name: secret.name }, secret)
    slots.set(secret.name.toUpperCase(), entity)
    say.open(actions, 'STORES', entity, { sinceMs: timeOf(secret.created_at) })
  }
  for (const [name, secret] of slots) say.open(nameSlot(say.authority, { where, name }), 'SAME_AS', secret)
  for (const environment of environments) {
    // A rule asks a person, or for a branch: whether an attacker gets past it, the record does not tell.
    const isGuarded = (environment.protection_rules ?? []).length > 0
    const inside = new Map(slots)
    for (const secret of environment.secrets) {
      const entity = saySecret(say, { where, environment: environment.name, name: secret.name }, secret)
      inside.set(secret.name.toUpperCase(), entity)
      say.open(actions, 'STORES', entity, {
        sinceMs: timeOf(secret.created_at),
        note: `environment ${environment.name}`,
        ...(isGuarded ? { conditional: true } : {}),
      })
    }
    for (const [name, secret] of inside) {
      say.open(nameSlot(say.authority, { where, environment: environment.name, name }), 'SAME_AS', secret)
    }
  }
}

/** Actions of the vendor itself: who could move their tags runs the jobs anyway. */
const houseOwners = ['actions', 'github']

/**
 * What a workflow uses runs on the machine of its job and reads what the job is given. Which job was given which secret
 * the audit log says, run by run; here stands what could be given, so these edges are conditional.
 */
function sayWorkflows(say: Statements, { repository, workflows }: RepoWithParts): void {
  const { authority } = say
  const ci = nameCi(authority, repository.id)
  const near = new Set([...houseOwners, repository.full_name.split('/')[0]?.toLowerCase()])
  if (workflows.length > 0) say.fact(ci, { name: `jobs of ${repository.full_name}`, kind: 'ci' })
  for (const workflow of workflows) {
    const entity = nameWorkflow(authority, repository.id, workflow.id)
    const sinceMs = timeOf(workflow.created_at)
    const refs = workflow.uses.flatMap((uses) => readActionRef(uses) ?? [])
    say.fact(entity, {
      name: `${workflow.path} of ${repository.full_name}`,
      kind: 'workflow',
      status: workflow.state,
      createdAtMs: sinceMs,
      actions: refs.length,
      forOutsiders: workflow.forOutsiders,
      runsTheirs: workflow.runsTheirs,
      actionsUnpinned: refs.filter(({ isPinned }) => !isPinned).length,
      strangersUnpinned: refs.filter(({ owner, isPinned }) => !isPinned && !near.has(owner)).length,
      secretsGiven: workflow.secrets.length,
    })
    say.open(nameRepo(authority, repository.id), 'CONTAINS', entity, { sinceMs })
    for (const { owner, name, ref } of refs) sayPackage(say, ci, 'githubactions', `${owner}/${name}`, ref, false)
    for (const name of workflow.secrets) {
      if (name === '*') continue
      const slot = nameSlot(authority, { where: repository.id, name })
      say.open(ci, 'STORES', slot, { conditional: true, note: workflow.path })
    }
  }
}

/** A lock file tells what would be installed, not that a job did it. */
function sayPackages(say: Statements, { repository, packages }: RepoWithParts): void {
  const ci = nameCi(say.authority, repository.id)
  for (const text of packages) {
    try {
      const purl = parsePurl(text)
      if (purl.version !== null) sayPackage(say, ci, purl.type, fullName(purl), purl.version, true)
    } catch (error) {
      if (!(error instanceof CordonError)) throw error
    }
  }
}

function sayPackage(
  say: Statements,
  ci: EntityId,
  type: string,
  name: string,
  version: string,
  conditional: boolean,
): void {
  const entity = packageEntity(type, name, version)
  say.fact(entity, { ...packageName(type, name), version })
  say.open(entity, 'INSTALLED_ON', ci, conditional ? { conditional } : {})
}
