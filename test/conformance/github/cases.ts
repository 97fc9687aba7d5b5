import assert from 'node:assert/strict'

import { githubActions, githubOrigins } from '#connectors/github'
import { entityId, type EntityId, type EntityKind } from '#model'

import { revocationMs } from '../../../lab/twins/github/credentials.ts'
import { makeToken, sshPrint } from '../../../lab/twins/github/state.ts'
import { defineTrial, type ActionCase } from '../actions.ts'
import { stateText } from '../cordon.ts'
import { foundCompany, permissionsOf, sshKey, type Company } from './company.ts'
import { openCordon } from './cordon.ts'
import { ask, clone } from './thief.ts'

export const at = ({ twin }: Company, kind: EntityKind, native: string): EntityId =>
  entityId(kind, `${new URL(twin.url).host}/org/${twin.state.org.id}`, native)
const clones = async ({ twin }: Company, token: string): Promise<boolean> =>
  (await clone(twin.url, 'brightwater/payroll', token)) === 200

export const cases: ActionCase<Company>[] = [
  {
    name: 'a classic token, with its value',
    verb: 'github.token.revoke',
    isRestored: false,
    delay: { of: 'the revocation of a value', ms: () => revocationMs },
    set: (company) => ({
      target: at(company, 'credential', `token/${company.classic.id}`),
      works: async () => (await ask(`${company.twin.url}/user`, company.classic.value)).status === 200,
      lent: company.classic.value,
    }),
  },
  {
    name: 'a classic token, without its value: it loses the organisation',
    verb: 'github.token.revoke',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'credential', `token/${company.classic.id}`),
      works: () => clones(company, company.classic.value),
    }),
  },
  {
    name: 'a fine-grained token: the organisation takes its grant back',
    verb: 'github.token.revoke',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'credential', `pat/${company.fine.id}`),
      works: () => clones(company, company.fine.value),
    }),
  },
  {
    verb: 'github.deploy-key.delete',
    isRestored: true,
    set(company) {
      const { twin, payroll } = company
      const key = sshKey()
      payroll.keys.set(1, { id: 1, title: 'box', key, readOnly: false, createdAtMs: 0, by: 'ada' })
      const print = sshPrint(key).slice('SHA256:'.length)
      return {
        target: at(company, 'credential', `deploykey/${payroll.id}/${print}`),
        works: async () => twin.ssh(key, payroll, 'push'),
      }
    },
  },
  {
    // An undo invites them again: whether they come back is theirs to say.
    verb: 'github.member.remove',
    isRestored: false,
    set(company) {
      const { twin, grace } = company
      const token = makeToken(twin.state, { kind: 'classic', user: grace.id, scopes: ['repo'] })
      return { target: at(company, 'identity', `user/${grace.id}`), works: () => clones(company, token.value) }
    },
  },
  {
    verb: 'github.collaborator.remove',
    isRestored: true,
    set(company) {
      const { twin, mallory, payroll } = company
      const token = makeToken(twin.state, { kind: 'classic', user: mallory.id, scopes: ['repo'] })
      payroll.collaborators.set(mallory.id, 'maintain')
      return {
        target: at(company, 'credential', `collaboration/${payroll.id}/${mallory.id}`),
        works: () => clones(company, token.value),
      }
    },
  },
  {
    verb: 'github.team.remove-member',
    isRestored: true,
    set(company) {
      const { twin, mallory, engineers } = company
      const token = makeToken(twin.state, { kind: 'classic', user: mallory.id, scopes: ['repo'] })
      engineers.members.set(mallory.id, 'maintainer')
      return {
        target: at(company, 'credential', `teamplace/${engineers.id}/${mallory.id}`),
        works: () => clones(company, token.value),
      }
    },
  },
  {
    verb: 'github.hook.disable',
    isRestored: true,
    set(company) {
      const { payroll } = company
      payroll.hooks.set(5, { id: 5, active: true, url: 'https://evil.example/x', events: ['push'], createdAtMs: 0 })
      return {
        target: at(company, 'resource', `hook/${payroll.id}/5`),
        works: async () => payroll.hooks.get(5)?.active === true,
      }
    },
  },
  {
    verb: 'github.hook.disable',
    name: 'of the organisation',
    isRestored: true,
    set(company) {
      const { hooks } = company.twin.state
      hooks.set(6, { id: 6, active: true, url: 'https://evil.example/x', events: ['push'], createdAtMs: 0 })
      return { target: at(company, 'resource', 'hook/org/6'), works: async () => hooks.get(6)?.active === true }
    },
  },
  {
    verb: 'github.workflow.disable',
    isRestored: true,
    set(company) {
      const workflow = workflowOf(company)
      return {
        target: at(company, 'resource', `workflow/${company.payroll.id}/${workflow.id}`),
        works: async () => workflow.state === 'active',
      }
    },
  },
  {
    verb: 'github.run.cancel',
    isRestored: false,
    set(company) {
      const { payroll } = company
      const run = { id: 9, workflow: workflowOf(company).id, status: 'in_progress' as 'in_progress' | 'completed' }
      payroll.runs.set(9, run)
      return {
        target: at(company, 'resource', `run/${payroll.id}/9`),
        works: async () => run.status === 'in_progress',
      }
    },
  },
  {
    verb: 'github.runner.remove',
    isRestored: false,
    set(company) {
      const { runners } = company.twin.state
      const [id = 0] = runners.keys()
      return { target: at(company, 'host', `runner/org/${id}`), works: async () => runners.has(id) }
    },
  },
  {
    verb: 'github.runner.remove',
    name: 'of a repository',
    isRestored: false,
    set(company) {
      const { runners } = company.payroll
      const [runner] = company.twin.state.runners.values()
      assert.ok(runner)
      runners.set(runner.id, runner)
      return {
        target: at(company, 'host', `runner/${company.payroll.id}/${runner.id}`),
        works: async () => runners.has(runner.id),
      }
    },
  },
  {
    verb: 'github.installation.remove',
    isRestored: false,
    set(company) {
      const { id } = company.helper.installation
      return {
        target: at(company, 'credential', `installation/${id}`),
        works: async () => company.twin.state.installations.has(id),
      }
    },
  },
]

function workflowOf({ payroll }: Company) {
  const [workflow] = payroll.workflows.values()
  if (workflow === undefined) throw new Error('the repository has a workflow')
  return workflow
}

export const trial = defineTrial({
  actions: githubActions,
  cases,
  found: () => foundCompany(),
  cordon: openCordon,
  hold({ twin: { state }, config }, scopes) {
    const parts = permissionsOf(scopes)
    const { enterprise_organization_installations: ofEnterprise, ...permissions } = parts
    for (const installation of state.installations.values()) {
      if (installation.id === config.containApp?.installation) installation.permissions = permissions
      if (installation.isOfEnterprise)
        installation.permissions =
          ofEnterprise === undefined ? {} : { enterprise_organization_installations: ofEnterprise }
    }
  },
  origins: ({ config }) => githubOrigins(config),
  isChange: ({ pathname }, method) => method !== 'GET' && !/\/access_tokens$|\/installation\/token$/.test(pathname),
  settle: ({ clock }) => clock.pass(5_000),
  // Tokens of the apps are Cordon's own comings and goings; the log tells of them.
  heldBy: ({ twin: { state } }) => stateText({ ...state, tokens: null, log: null, audit: null, next: null }),
  refusal: 'ERR_GITHUB_TARGET',
  elsewhere: 'github.example/org/9',
})
