import assert from 'node:assert/strict'

import { entityId, type EntityId } from '#model'
import { openaiActions, openaiOrigins } from '#connectors/openai'

import { makeAdminKey, makeKey, makeMember, makeProject } from '../../../lab/twins/openai/projects.ts'
import { defineTrial, type ActionCase } from '../actions.ts'
import { stateText } from '../cordon.ts'
import { foundCompany, home, type Company } from './company.ts'
import { openCordon } from './cordon.ts'
import { administers, ask, callsModels, readsFiles, textIn } from './thief.ts'

export const at = ({ twin }: Company, kind: 'identity' | 'credential' | 'resource', native: string): EntityId =>
  entityId(kind, twin.state.organization, native)

const cases: ActionCase<Company>[] = [
  {
    name: 'a key of a user, whose project is known',
    verb: 'openai.key.delete',
    isRestored: false,
    set: async (company) => ({
      target: at(company, 'credential', `key/${company.graceKey.row.id}/in/${company.labels.id}`),
      works: () => readsFiles(company.twin.url, company.graceKey.value),
      lent: company.graceKey.value,
    }),
  },
  {
    name: 'a key of a user, in a project that has to be found, and that may not list models',
    verb: 'openai.key.delete',
    isRestored: false,
    async set(company) {
      const { twin, labels, grace } = company
      const key = makeKey(twin.org, labels.id, { user: grace.id }, 'small', ['api.files.read'])
      return {
        target: at(company, 'credential', `key/${key.row.id}`),
        works: () => readsFiles(twin.url, key.value),
        lent: key.value,
      }
    },
  },
  {
    name: 'an admin key',
    verb: 'openai.key.delete',
    isRestored: false,
    async set(company) {
      const { twin, ada } = company
      const key = makeAdminKey(twin.org, ada.id, 'ops')
      return {
        target: at(company, 'credential', `key/${key.row.id}`),
        works: () => administers(twin.url, key.value),
        lent: key.value,
      }
    },
  },
  {
    name: 'a service account with its keys',
    verb: 'openai.service-account.delete',
    isRestored: false,
    set: async (company) => ({
      target: at(company, 'identity', `service-account/${company.robot.id}`),
      works: () => callsModels(company.twin.url, company.robotKey.value),
      lent: company.robotKey.value,
    }),
  },
  {
    name: 'a user',
    verb: 'openai.user.remove',
    isRestored: false,
    async set(company) {
      const session = company.twin.console.signIn(company.grace, home)
      return {
        target: at(company, 'identity', `user/${company.grace.id}`),
        works: async () => company.twin.console.isOpen(session),
      }
    },
  },
  {
    name: 'an invite',
    verb: 'openai.invite.delete',
    isRestored: false,
    async set(company) {
      const { twin, acts } = company
      const body = { email: 'm@evil.example', role: 'owner' }
      const { body: invite } = await ask(`${twin.url}/v1/organization/invites`, acts.value, 'POST', body)
      const id = textIn(invite, 'id')
      return {
        target: at(company, 'credential', `invite/${id}`),
        works: async () => twin.state.invites.get(id)?.['status'] === 'pending',
      }
    },
  },
  {
    name: 'a membership in a project',
    verb: 'openai.membership.remove',
    isRestored: true,
    async set(company) {
      const { twin, main, grace } = company
      makeMember(twin.org, main.id, grace, 'owner')
      return {
        target: at(company, 'resource', `membership/${main.id}/${grace.id}`),
        works: async () => twin.state.members.get(main.id)?.get(grace.id)?.['role'] === 'owner',
      }
    },
  },
  {
    name: 'the role of an owner',
    verb: 'openai.role.unassign',
    isRestored: true,
    async set(company) {
      const { twin, grace } = company
      twin.console.makeOwner(twin.console.signIn(company.ada, home), home, grace)
      return {
        target: at(company, 'resource', `role-assignment/organization/${grace.id}/owner`),
        works: async () => grace['role'] === 'owner',
      }
    },
  },
  ...(['organization', 'project'] as const).map((scope): ActionCase<Company> => ({
    name: `a role by its id, in the ${scope}`,
    verb: 'openai.role.unassign',
    isRestored: true,
    async set(company) {
      const { twin, grace, labels, acts } = company
      const role = `role-api-${scope}-owner__api-${scope}__x`
      const path = scope === 'project' ? `/projects/${labels.id}` : '/organization'
      const body = { role_id: role }
      const given = await ask(`${twin.url}/v1${path}/users/${grace.id}/roles`, acts.value, 'POST', body)
      assert.equal(given.status, 200)
      const where = scope === 'project' ? labels.id : twin.state.organization
      return {
        target: at(company, 'resource', `role-assignment/${where}/${grace.id}/${role}`),
        works: async () => twin.state.assigned.some((one) => one.principal === grace.id && one.scope === where),
      }
    },
  })),
  {
    name: 'models, for a project',
    verb: 'openai.project.pause',
    isRestored: true,
    set: async (company) => ({
      target: at(company, 'resource', `project/${company.labels.id}`),
      works: () => callsModels(company.twin.url, company.robotKey.value),
    }),
  },
  {
    name: 'models, for a project that had a list of its own',
    verb: 'openai.project.pause',
    isRestored: true,
    async set(company) {
      const { twin, labels, robotKey } = company
      twin.state.permissions.set(labels.id, { mode: 'allow_list', model_ids: ['text-embedding-3-small'] })
      return {
        target: at(company, 'resource', `project/${labels.id}`),
        works: () => callsModels(twin.url, robotKey.value),
      }
    },
  },
  {
    name: 'a project',
    verb: 'openai.project.archive',
    isRestored: false,
    async set(company) {
      const project = makeProject(company.twin.org, 'Backup')
      const key = makeKey(company.twin.org, project.id, { user: company.ada.id }, 'k')
      return {
        target: at(company, 'resource', `project/${project.id}`),
        works: () => readsFiles(company.twin.url, key.value),
      }
    },
  },
]

export const trial = defineTrial({
  actions: openaiActions,
  cases,
  found: () => foundCompany(),
  cordon: openCordon,
  origins: ({ config }) => openaiOrigins(config),
  isChange: (_, method) => method !== 'GET',
  settle: () => undefined,
  heldBy: ({ twin }) => stateText(twin.state),
  refusal: 'ERR_OPENAI_TARGET',
  elsewhere: 'org-elsewhere',
})
