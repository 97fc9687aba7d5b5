import { entityId, type EntityId } from '#model'
import { huggingfaceActions, huggingfaceOrigins } from '#connectors/huggingface'

import { defineTrial, type ActionCase } from '../actions.ts'
import { stateText } from '../cordon.ts'
import { foundCompany, type Company } from './company.ts'
import { openCordon } from './cordon.ts'
import { opens } from './thief.ts'

export const at = (
  { twin }: Company,
  kind: 'identity' | 'credential' | 'resource' | 'host',
  native: string,
): EntityId => entityId(kind, twin.state.organization.id, native)

const cases: ActionCase<Company>[] = [
  {
    verb: 'huggingface.space.pause',
    isRestored: true,
    set: (company) => ({
      target: at(company, 'host', `space/${company.demo.id}`),
      // Whoever got a program into the Space.
      works: () => Promise.resolve(company.demo.stage === 'RUNNING'),
    }),
  },
  {
    verb: 'huggingface.repo.hide',
    name: 'a dataset that was made public',
    isRestored: true,
    set(company) {
      company.interviews.isPrivate = false
      const target = at(company, 'resource', `repo/${company.interviews.id}`)
      return { target, works: () => opens(company, `datasets/${company.interviews.name}`) }
    },
  },
  {
    verb: 'huggingface.repo.hide',
    name: 'one that was renamed since the inventory, with another under its old name',
    isRestored: true,
    set(company) {
      const { interviews, hub } = company
      interviews.isPrivate = false
      const [, name = ''] = interviews.name.split('/')
      interviews.name = `${interviews.name}-moved`
      hub.makeRepo('datasets', name, { isPrivate: false })
      return {
        target: at(company, 'resource', `repo/${interviews.id}`),
        works: () => opens(company, `datasets/${interviews.name}`),
      }
    },
  },
  {
    verb: 'huggingface.token.revoke',
    name: 'without its value',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'credential', `token/${company.graceToken.id}`),
      works: () => opens(company, `datasets/${company.scans.name}`, company.graceToken.value),
    }),
  },
  {
    verb: 'huggingface.token.revoke',
    name: 'with its value lent',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'credential', `token/${company.linusToken.id}`),
      works: () => opens(company, `datasets/${company.interviews.name}`, company.linusToken.value),
      lent: company.linusToken.value,
    }),
  },
  {
    verb: 'huggingface.account-token.delete',
    name: 'with its value lent',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'credential', `account-token/${company.deploy.id}/${company.deployToken.id}`),
      works: () => opens(company, `datasets/${company.interviews.name}`, company.deployToken.value),
      lent: company.deployToken.value,
    }),
  },
  {
    verb: 'huggingface.member.suspend',
    isRestored: true,
    set: (company) => ({
      target: at(company, 'identity', `user/${company.grace.id}`),
      works: () => opens(company, `datasets/${company.scans.name}`, company.graceToken.value),
    }),
  },
  {
    verb: 'huggingface.account.delete',
    isRestored: false,
    set: (company) => ({
      target: at(company, 'identity', `service-account/${company.deploy.id}`),
      works: () => opens(company, `datasets/${company.interviews.name}`, company.deployToken.value),
    }),
  },
]

export const trial = defineTrial({
  actions: huggingfaceActions,
  cases,
  found: () => foundCompany(),
  cordon: openCordon,
  hold({ acts }, scopes) {
    acts.permissions = [...scopes]
  },
  origins: ({ config }) => huggingfaceOrigins(config),
  isChange: (_, method) => method !== 'GET',
  settle: ({ clock, twin }) => clock.pass(twin.settings.auditDelayMs + 1_000),
  heldBy: ({ twin: { state } }) =>
    stateText({
      roles: state.roles,
      groups: [...state.groups.values()].map(({ roles }) => roles),
      tokens: [...state.tokens.values()].map(({ id, isRevoked }) => [id, isRevoked]),
      accounts: [...state.accounts.values()].map(({ id, tokens }) => [id, [...tokens.keys()]]),
      repos: [...state.repos.values()].map(({ id, isPrivate, stage }) => [id, isPrivate, stage]),
    }),
  refusesToo: { foreignSource: true },
  refusal: 'ERR_HUGGINGFACE_TARGET',
  elsewhere: '65f0c0ffee00000000000bad',
})
