import { entityId, type EntityId } from '#model'
import { anthropicActions, anthropicOrigins } from '#connectors/anthropic'

import { makeKey, makeMember, makeWorkspace } from '../../../lab/twins/anthropic/organization.ts'
import { nameInvite } from '../../../src/connectors/anthropic/names.ts'
import { defineTrial, type ActionCase } from '../actions.ts'
import { stateText } from '../cordon.ts'
import { foundCompany, home, type Company } from './company.ts'
import { openCordon } from './cordon.ts'
import { ask, callsModels, readsFile } from './thief.ts'

export const at = ({ twin }: Company, kind: 'identity' | 'credential' | 'resource', native: string): EntityId =>
  entityId(kind, twin.state.organization, native)

const cases: ActionCase<Company>[] = [
  {
    name: 'a key of a workspace',
    verb: 'anthropic.key.deactivate',
    isRestored: true,
    set: async (company) => ({
      target: at(company, 'credential', `key/${company.graceKey.row.id}`),
      works: () => readsFile(company.twin.url, company.graceKey.value, company.file.row.id),
      lent: company.graceKey.value,
    }),
  },
  {
    name: 'a key of a person, that may not list models',
    verb: 'anthropic.key.deactivate',
    isRestored: true,
    async set(company) {
      const { twin, grace } = company
      const key = makeKey(twin.org, 'small', { principal: grace.id, by: grace.id, canListModels: false })
      return {
        target: at(company, 'credential', `key/${key.row.id}`),
        works: () => callsModels(twin.url, key.value),
        lent: key.value,
      }
    },
  },
  {
    name: 'every invite of an address',
    verb: 'anthropic.invite.delete',
    isInSteps: true,
    isRestored: false,
    async set(company) {
      const { twin, acts } = company
      const email = 'm@evil.example'
      for (const role of ['user', 'developer']) {
        await ask(`${twin.url}/v1/organizations/invites`, acts.value, 'POST', { email, role })
      }
      return {
        target: nameInvite(twin.state.organization, email),
        works: async () => [...twin.state.invites.values()].some(({ status }) => status === 'pending'),
      }
    },
  },
  {
    name: 'a user',
    verb: 'anthropic.user.remove',
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
    name: 'a membership in a workspace',
    verb: 'anthropic.membership.remove',
    isRestored: true,
    async set(company) {
      const { twin, main, grace } = company
      makeMember(twin.org, main.id, grace.id, 'workspace_admin')
      return {
        target: at(company, 'resource', `membership/${main.id}/${grace.id}`),
        works: async () => twin.state.members.get(main.id)?.get(grace.id)?.workspace_role === 'workspace_admin',
      }
    },
  },
  {
    name: 'a workspace with its keys',
    verb: 'anthropic.workspace.archive',
    isRestored: false,
    async set(company) {
      const workspace = makeWorkspace(company.twin.org, 'Backup')
      const key = makeKey(company.twin.org, 'k', { workspace: workspace.id, by: company.ada.id })
      return {
        target: at(company, 'resource', `workspace/${workspace.id}`),
        works: () => callsModels(company.twin.url, key.value),
      }
    },
  },
]

export const trial = defineTrial({
  actions: anthropicActions,
  cases,
  found: () => foundCompany(),
  cordon: openCordon,
  origins: ({ config }) => anthropicOrigins(config),
  isChange: (_, method) => method !== 'GET',
  settle: () => undefined,
  heldBy: ({ twin }) => stateText(twin.state),
  refusal: 'ERR_ANTHROPIC_TARGET',
  elsewhere: 'org-elsewhere',
})
