import type { EntityId } from '#model'

import { numberOf, whereOf, type Act } from './audit-row.ts'
import {
  nameCi,
  nameCollaboration,
  nameDeployKey,
  nameHook,
  nameInstallation,
  nameInstallationName,
  nameMembers,
  nameOrg,
  nameRepo,
  nameRepoActions,
  nameRepos,
  nameRun,
  nameRunner,
  nameSecret,
  nameSlot,
  nameSshKey,
  nameTeam,
  nameTeamPlace,
  nameWebSession,
  nameWorkflow,
  type Where,
} from './names.ts'
import type { Statements } from './statements.ts'

type Effect = (say: Statements, act: Act) => void

/**
 * What did it: the token or key of the row; for an act on the web the person's session there; else the person, which takes
 * in more than it should. So a stolen token does not answer for what its owner did in a browser meanwhile.
 */
export function doerOf(act: Act): EntityId | null {
  if (act.credential !== null) return act.credential
  const number = numberOf(act.row.actor_id)
  const isOnWeb = act.row.programmatic_access_type === null && !/^(?:git|workflows)\./.test(act.row.action)
  return isOnWeb && number !== null && act.row.actor_is_bot !== true ? nameWebSession(act.authority, number) : act.actor
}

function made(say: Statements, act: Act, entity: EntityId, facts: Parameters<Statements['fact']>[1]): void {
  say.fact(entity, { createdAtMs: act.atMs, ...facts })
  const doer = doerOf(act)
  if (doer !== null && doer !== entity) say.open(doer, 'CREATED', entity)
}

const nameOf = (act: Act): string => act.row.repo ?? act.row.repository ?? act.row.org ?? 'the organisation'

/** A deploy key where the row names a repository, else a person's own SSH key. */
const keyMade: Effect = (say, act) => {
  const { row, repoId, authority } = act
  if (row.fingerprint === null) return
  const facts = { name: `key ${row.title ?? ''} of ${nameOf(act)}`, kind: 'ssh-key' }
  if (repoId === null) {
    const key = nameSshKey(authority, row.fingerprint)
    made(say, act, key, { ...facts, name: `SSH key of ${row.user ?? row.actor ?? 'unknown'}` })
    const owner = act.user ?? act.actor
    if (owner !== null) say.open(key, 'AUTHENTICATES_AS', owner)
    return
  }
  const key = nameDeployKey(authority, repoId, row.fingerprint)
  const readOnly = String(row.read_only ?? 'false') === 'true'
  made(say, act, key, { ...facts, readOnly, owner: row.actor })
  say.open(key, 'CAN_READ', nameRepo(authority, repoId), { note: 'deploy key' })
  if (readOnly) return
  say.open(key, 'CAN_WRITE', nameRepo(authority, repoId), { note: 'deploy key' })
  say.open(key, 'CAN_READ', nameRepoActions(authority, repoId), { note: 'by a workflow it pushes' })
}

const keyGone: Effect = (say, act) => {
  const { row, repoId, authority } = act
  if (row.fingerprint === null) return
  if (repoId === null) {
    const owner = act.user ?? act.actor
    if (owner !== null) say.close(nameSshKey(authority, row.fingerprint), 'AUTHENTICATES_AS', owner)
    return
  }
  const key = nameDeployKey(authority, repoId, row.fingerprint)
  for (const type of ['CAN_READ', 'CAN_WRITE'] as const) say.close(key, type, nameRepo(authority, repoId))
  say.close(key, 'CAN_READ', nameRepoActions(authority, repoId))
}

const hookMade: Effect = (say, act) => {
  const id = numberOf(act.row.hook_id)
  if (id === null) return
  const hook = nameHook(act.authority, whereOf(act), id)
  made(say, act, hook, { name: `webhook ${id}`, kind: 'webhook', target: act.row.config?.url ?? null })
  say.open(act.repo ?? nameOrg(act.authority), 'CONTAINS', hook)
}

const secretMade: Effect = (say, act) => {
  const { key, environment_name: environment } = act.row
  if (key === null) return
  const place = { where: whereOf(act), name: key, ...(environment === null ? {} : { environment }) }
  made(say, act, nameSecret(act.authority, place), { name: `Actions secret ${key}`, kind: 'key' })
}

const runnerMade: Effect = (say, act) => {
  const id = numberOf(act.row.runner_id)
  if (id === null) return
  const name = act.row.runner_name ?? act.row.name ?? `runner ${id}`
  made(say, act, nameRunner(act.authority, whereOf(act), id), { name, kind: 'runner' })
}

/** Who was brought in by the attacker goes out again with all rights; who was here before only loses what was given. */
const memberIn: Effect = (say, act) => {
  if (act.user === null || act.userId === null || act.user === act.actor) return
  const doer = doerOf(act)
  say.fact(act.user, { name: act.row.user, kind: 'human' })
  if (doer !== null) say.open(doer, 'CREATED', act.user)
  if (act.row.action !== 'org.invite_member') say.open(act.user, 'MEMBER_OF', nameMembers(act.authority))
}

const memberOut: Effect = (say, act) => {
  if (act.user === null || act.userId === null) return
  say.close(act.user, 'MEMBER_OF', nameMembers(act.authority))
  say.fact(act.user, { status: 'removed' })
}

const collaboratorIn: Effect = (say, act) => {
  const { authority, repoId, userId, user, row } = act
  if (repoId === null || userId === null || user === null) return
  const grant = nameCollaboration(authority, repoId, userId)
  made(say, act, grant, { name: `right of ${row.user ?? userId} on ${nameOf(act)}`, kind: 'grant', owner: row.user })
  say.open(grant, 'AUTHENTICATES_AS', user)
  say.open(user, 'CAN_READ', nameRepo(authority, repoId), { note: row.permission ?? 'added' })
}

const collaboratorOut: Effect = (say, act) => {
  const { authority, repoId, userId, user } = act
  if (repoId === null || userId === null || user === null) return
  say.close(nameCollaboration(authority, repoId, userId), 'AUTHENTICATES_AS', user)
  for (const type of ['CAN_READ', 'CAN_WRITE', 'CAN_ADMIN', 'CAN_GRANT'] as const) {
    say.close(user, type, nameRepo(authority, repoId))
  }
}

const teamIn: Effect = (say, act) => {
  const team = numberOf(act.row.team_id)
  if (team === null || act.userId === null || act.user === null) return
  const place = nameTeamPlace(act.authority, team, act.userId)
  const name = `place of ${act.row.user ?? act.userId} in team ${act.row.team ?? team}`
  made(say, act, place, { name, kind: 'grant', owner: act.row.user })
  say.open(place, 'AUTHENTICATES_AS', act.user)
  say.open(act.user, 'MEMBER_OF', nameTeam(act.authority, team))
}

const teamOut: Effect = (say, act) => {
  const team = numberOf(act.row.team_id)
  if (team === null || act.userId === null || act.user === null) return
  say.close(nameTeamPlace(act.authority, team, act.userId), 'AUTHENTICATES_AS', act.user)
  say.close(act.user, 'MEMBER_OF', nameTeam(act.authority, team))
}

/** Rows often name the app alone: then it is a descendant that a person must find and remove, and is named as one. */
const appIn: Effect = (say, act) => {
  const id = numberOf(act.row.installation_id)
  const app = act.row.integration ?? act.row.name
  if (id === null && app === null) return
  const entity = id === null ? nameInstallationName(act.authority, app ?? '') : nameInstallation(act.authority, id)
  made(say, act, entity, { name: `installation of ${app ?? String(id)}`, kind: 'grant' })
}

const repoMade: Effect = (say, act) => {
  if (act.repoId === null || act.repo === null) return
  made(say, act, act.repo, { name: nameOf(act), kind: 'repository' })
  say.open(nameRepos(act.authority), 'CONTAINS', act.repo)
}

/** GitHub counts the runs of each workflow from 1, so the first one by a push came with the file itself. */
const runMade: Effect = (say, act) => {
  const { row, repoId, authority } = act
  const [run, workflow] = [numberOf(row.workflow_run_id), numberOf(row.workflow_id)]
  if (repoId === null || run === null) return
  const name = `run ${run} of ${row.name ?? 'a workflow'} in ${nameOf(act)}`
  made(say, act, nameRun(authority, repoId, run), { name, kind: 'run' })
  const isFirst = row.run_number === '1' && (row.event === 'push' || row.event === 'pull_request')
  if (workflow === null || !isFirst) return
  made(say, act, nameWorkflow(authority, repoId, workflow), {
    name: `workflow ${row.name ?? workflow} of ${nameOf(act)}`,
    kind: 'workflow',
  })
}

/** The one place where GitHub says which secrets a machine was given, and when. */
const jobPrepared: Effect = (say, act) => {
  const { row, repoId, authority } = act
  if (repoId === null) return
  const runner = numberOf(row.runner_id)
  const owner: Where = row.runner_owner_type?.toLowerCase() === 'repository' ? repoId : 'org'
  const host = runner === null ? nameCi(authority, repoId) : nameRunner(authority, owner, runner)
  if (runner === null) say.fact(host, { name: `jobs of ${nameOf(act)}`, kind: 'ci' })
  for (const name of row.secrets_passed ?? []) {
    if (!/^[A-Za-z_]\w*$/.test(name) || name.toUpperCase() === 'GITHUB_TOKEN') continue
    const environment = row.environment_name
    const slot = nameSlot(authority, { where: repoId, name, ...(environment === null ? {} : { environment }) })
    say.at(host, 'STORES', slot, { note: `run ${row.workflow_run_id ?? ''}`.trim() })
  }
}

export const auditEffects: Readonly<Record<string, Effect>> = {
  'public_key.create': keyMade,
  'public_key.delete': keyGone,
  'hook.create': hookMade,
  'org.create_actions_secret': secretMade,
  'repo.create_actions_secret': secretMade,
  'environment.create_actions_secret': secretMade,
  'org.register_self_hosted_runner': runnerMade,
  'repo.register_self_hosted_runner': runnerMade,
  'org.add_member': memberIn,
  'org.invite_member': memberIn,
  'org.restore_member': memberIn,
  'org.remove_member': memberOut,
  'org.remove_outside_collaborator': memberOut,
  'repo.add_member': collaboratorIn,
  'repo.remove_member': collaboratorOut,
  'team.add_member': teamIn,
  'team.remove_member': teamOut,
  'integration_installation.create': appIn,
  'repo.create': repoMade,
  'repo.fork': repoMade,
  'workflows.created_workflow_run': runMade,
  'workflows.prepared_workflow_job': jobPrepared,
}
