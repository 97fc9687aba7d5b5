import { isObject, type JsonObject } from 'cordon/kit'

import type { TwinCall } from '../kit/server.ts'
import { absent, gone, ok, paged, refusal, removed } from './answers.ts'
import { sshPrint, timeText, userNamed, type Hook, type Key, type Runner } from './state.ts'
import {
  about,
  aboutUser,
  bodyOf,
  byOf,
  flagsOf,
  hookRow,
  idOf,
  repoOf,
  repoRow,
  roleByWord,
  runnerRow,
  textOf,
  userRow,
  wordOf,
  type Handlers,
  type World,
} from './world.ts'

const keyRow = (key: Key): JsonObject => ({
  id: key.id,
  title: key.title,
  key: key.key,
  read_only: key.readOnly,
  verified: true,
  created_at: timeText(key.createdAtMs),
  added_by: key.by,
})
const secretRow = (name: string): JsonObject => ({ name })
const hooksOf = (world: World, call: TwinCall): Map<number, Hook> =>
  call.params['repo'] === undefined ? world.state.hooks : repoOf(world, call).hooks
const runnersOf = (world: World, call: TwinCall): Map<number, Runner> =>
  call.params['repo'] === undefined ? world.state.runners : repoOf(world, call).runners

const listHooks: Handlers[string] = (world, call) => paged(call, [...hooksOf(world, call).values()].map(hookRow))
const getHook: Handlers[string] = (world, call) => {
  const hook = hooksOf(world, call).get(idOf(call, 'hook_id'))
  return hook === undefined ? absent() : ok(hookRow(hook))
}
const updateHook: Handlers[string] = (world, call, caller) => {
  const hook = hooksOf(world, call).get(idOf(call, 'hook_id'))
  if (hook === undefined) return absent()
  hook.active = bodyOf(call)['active'] !== false
  world.log.record('hook.active_changed', byOf(caller, world.state), { hook_id: hook.id, active: hook.active })
  return ok(hookRow(hook))
}
const listRunners: Handlers[string] = (world, call) =>
  paged(call, [...runnersOf(world, call).values()].map(runnerRow), 'runners')
const getRunner: Handlers[string] = (world, call) => {
  const runner = runnersOf(world, call).get(idOf(call, 'runner_id'))
  return runner === undefined ? absent() : ok(runnerRow(runner))
}
const deleteRunner: Handlers[string] = (world, call, caller) => {
  const runners = runnersOf(world, call)
  const runner = runners.get(idOf(call, 'runner_id'))
  if (runner?.busy === true) return refusal(422, `Runner "${runner.name}" is still running a job`)
  if (runner !== undefined) {
    runners.delete(runner.id)
    world.log.record('org.remove_self_hosted_runner', byOf(caller, world.state), { runner_id: runner.id })
  }
  return removed(runner !== undefined)
}
const switchWorkflow =
  (state: 'active' | 'disabled_manually'): Handlers[string] =>
  (world, call, caller) => {
    const repo = repoOf(world, call)
    const workflow = repo.workflows.get(idOf(call, 'workflow_id'))
    if (workflow === undefined) return absent()
    workflow.state = state
    const action = state === 'active' ? 'workflows.enable_workflow' : 'workflows.disable_workflow'
    world.log.record(action, byOf(caller, world.state), { ...about(world, repo), workflow_id: workflow.id })
    return gone()
  }

export const repositoryHandlers: Handlers = {
  'repos/list-for-org': (world, call) =>
    paged(
      call,
      [...world.state.repos.values()].map((repo) => repoRow(world, repo)),
    ),
  'repos/get': (world, call) => ok(repoRow(world, repoOf(world, call))),
  'repos/list-collaborators': (world, call) => {
    const rows = [...repoOf(world, call).collaborators].flatMap(([id, role]) => {
      const user = world.state.users.get(id)
      return user === undefined ? [] : [{ ...userRow(user), role_name: role, permissions: flagsOf(role) }]
    })
    return paged(call, rows)
  },
  'repos/add-collaborator': (world, call, caller) => {
    const [repo, user] = [repoOf(world, call), userNamed(world.state, call.params['username'])]
    if (user === undefined) return absent()
    const permission = textOf(bodyOf(call), 'permission') ?? 'push'
    repo.collaborators.set(user.id, roleByWord[permission] ?? 'write')
    const more = { ...about(world, repo), ...aboutUser(user), permission }
    world.log.record('repo.add_member', byOf(caller, world.state), more)
    return gone()
  },
  'repos/remove-collaborator': (world, call, caller) => {
    const [repo, user] = [repoOf(world, call), userNamed(world.state, call.params['username'])]
    if (user !== undefined && repo.collaborators.delete(user.id)) {
      world.log.record('repo.remove_member', byOf(caller, world.state), { ...about(world, repo), ...aboutUser(user) })
    }
    return gone()
  },
  'repos/list-teams': (world, call) => {
    const rows = [...repoOf(world, call).teams].flatMap(([id, role]) => {
      const team = world.state.teams.get(id)
      if (team === undefined) return []
      const { slug } = team
      return [{ id, slug, name: slug, parent: null, permission: wordOf(role), permissions: flagsOf(role) }]
    })
    return paged(call, rows)
  },
  'repos/list-deploy-keys': (world, call) => paged(call, [...repoOf(world, call).keys.values()].map(keyRow)),
  'repos/create-deploy-key': (world, call, caller) => {
    const repo = repoOf(world, call)
    const { key, read_only: readOnly } = bodyOf(call)
    if (typeof key !== 'string') return refusal(422, 'Validation Failed')
    const by = byOf(caller, world.state)
    const made: Key = {
      id: world.state.next(),
      title: textOf(bodyOf(call), 'title') ?? 'key',
      key,
      readOnly: readOnly === true,
      createdAtMs: world.nowMs(),
      by: by.user?.login ?? 'app',
    }
    repo.keys.set(made.id, made)
    world.log.record('public_key.create', by, {
      ...about(world, repo),
      fingerprint: sshPrint(key),
      title: made.title,
      read_only: made.readOnly,
    })
    return { status: 201, body: keyRow(made) }
  },
  'repos/delete-deploy-key': (world, call, caller) => {
    const repo = repoOf(world, call)
    const key = repo.keys.get(idOf(call, 'key_id'))
    if (key === undefined) return absent()
    repo.keys.delete(key.id)
    const more = { ...about(world, repo), fingerprint: sshPrint(key.key), title: key.title }
    world.log.record('public_key.delete', byOf(caller, world.state), more)
    return gone()
  },
  'repos/list-webhooks': listHooks,
  'repos/get-webhook': getHook,
  'repos/update-webhook': updateHook,
  'orgs/list-webhooks': listHooks,
  'orgs/get-webhook': getHook,
  'orgs/update-webhook': updateHook,
  'repos/create-webhook': (world, call, caller) => {
    const repo = repoOf(world, call)
    const { config, events } = bodyOf(call)
    const url = isObject(config) ? (textOf(config, 'url') ?? '') : ''
    const hook: Hook = {
      id: world.state.next(),
      active: true,
      url,
      events: Array.isArray(events) ? events.map(String) : ['push'],
      createdAtMs: world.nowMs(),
    }
    repo.hooks.set(hook.id, hook)
    const more = { ...about(world, repo), hook_id: hook.id, config: { url }, events: hook.events }
    world.log.record('hook.create', byOf(caller, world.state), more)
    return { status: 201, body: { ...hookRow(hook), last_response: { code: null, status: 'unused', message: null } } }
  },
  'actions/list-org-secrets': ({ state }, call) => {
    const rows = [...state.secrets].map(([name, { repositories }]) => ({
      name,
      visibility: repositories === null ? 'all' : 'selected',
    }))
    return paged(call, rows, 'secrets')
  },
  'actions/list-selected-repos-for-org-secret': (world, call) => {
    const { repositories } = world.state.secrets.get(call.params['secret_name'] ?? '') ?? { repositories: null }
    const repos = (repositories ?? []).flatMap((id) => world.state.repos.get(id) ?? [])
    return paged(
      call,
      repos.map((repo) => repoRow(world, repo)),
      'repositories',
    )
  },
  'actions/list-repo-secrets': (world, call) => paged(call, repoOf(world, call).secrets.map(secretRow), 'secrets'),
  'actions/list-repo-organization-secrets': (world, call) => {
    const { id } = repoOf(world, call)
    const names = [...world.state.secrets].flatMap(([name, { repositories }]) =>
      repositories === null || repositories.includes(id) ? [name] : [],
    )
    return paged(call, names.map(secretRow), 'secrets')
  },
  'repos/get-all-environments': (world, call) => {
    const rows = [...repoOf(world, call).environments.keys()].map((name) => ({ name, protection_rules: [] }))
    return paged(call, rows, 'environments')
  },
  'actions/list-environment-secrets': (world, call) => {
    const names = repoOf(world, call).environments.get(call.params['environment_name'] ?? '') ?? []
    return paged(call, names.map(secretRow), 'secrets')
  },
  'actions/list-self-hosted-runners-for-org': listRunners,
  'actions/list-self-hosted-runners-for-repo': listRunners,
  'actions/get-self-hosted-runner-for-org': getRunner,
  'actions/get-self-hosted-runner-for-repo': getRunner,
  'actions/delete-self-hosted-runner-from-org': deleteRunner,
  'actions/delete-self-hosted-runner-from-repo': deleteRunner,
  'actions/list-repo-workflows': (world, call) => {
    const rows = [...repoOf(world, call).workflows.values()].map((one) => ({ ...one, name: one.path }))
    return paged(call, rows, 'workflows')
  },
  'actions/get-workflow': (world, call) => {
    const workflow = repoOf(world, call).workflows.get(idOf(call, 'workflow_id'))
    return workflow === undefined ? absent() : ok({ ...workflow, name: workflow.path })
  },
  'actions/disable-workflow': switchWorkflow('disabled_manually'),
  'actions/enable-workflow': switchWorkflow('active'),
  'actions/get-workflow-run': (world, call) => {
    const repo = repoOf(world, call)
    const run = repo.runs.get(idOf(call, 'run_id'))
    if (run === undefined) return absent()
    const row = repoRow(world, repo)
    return ok({ id: run.id, status: run.status, workflow_id: run.workflow, repository: row, head_repository: row })
  },
  'actions/force-cancel-workflow-run': (world, call, caller) => {
    const repo = repoOf(world, call)
    const run = repo.runs.get(idOf(call, 'run_id'))
    if (run === undefined) return absent()
    if (run.status === 'completed') return refusal(409, 'Cannot cancel a workflow run that is completed.')
    run.status = 'completed'
    const more = { ...about(world, repo), workflow_run_id: run.id, workflow_id: run.workflow }
    world.log.record('workflows.cancel_workflow_run', byOf(caller, world.state), more)
    return { status: 202, body: {} }
  },
  'dependency-graph/export-sbom': (world, call) => {
    const repo = repoOf(world, call)
    const packages = repo.packages.map((purl, at) => ({
      SPDXID: `SPDXRef-${at}`,
      name: purl,
      versionInfo: '',
      filesAnalyzed: false,
      downloadLocation: 'NOASSERTION',
      externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
    }))
    return ok({ sbom: { SPDXID: 'SPDXRef-DOCUMENT', spdxVersion: 'SPDX-2.3', name: repo.name, packages } })
  },
}
