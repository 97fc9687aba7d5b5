import assert from 'node:assert/strict'
import { test } from 'node:test'

import { entityId, type EntityId } from '#model'
import { anthropicActions, AnthropicError, anthropicOrigins, namesOfOwnKeys } from '#connectors/anthropic'

import { makeKey, makeMember, makeWorkspace } from '../../../lab/twins/anthropic/organization.ts'
import { nameInvite } from '../../../src/connectors/anthropic/names.ts'
import { actionTrial, type ActionCase } from '../actions.ts'
import { stateText } from '../cordon.ts'
import { foundCompany, home, type Company } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'
import { ask, callsModels, readsFile, textIn } from './thief.ts'

const at = ({ twin }: Company, kind: 'identity' | 'credential' | 'resource', native: string): EntityId =>
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

const { start, tests } = actionTrial({
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
for (const { name, run } of tests) test(name, run)

test('what was switched off by somebody else is not switched on by undo', async () => {
  const { company, cordon } = await start()
  company.graceKey.row.status = 'inactive'
  const target = at(company, 'credential', `key/${company.graceKey.row.id}`)
  const action = actionOf('anthropic.key.deactivate')
  const { undoState } = await action.apply(cordon.context(), target)
  await action.undo?.(cordon.context(), target, undoState)
  assert.equal(company.graceKey.row.status, 'inactive')
})

test('a 403 is no proof: a live key that may not list models gets one, too', async () => {
  const { company, cordon } = await start()
  const { twin, grace, graceKey, robotKey } = company
  const small = makeKey(twin.org, 'small', { principal: grace.id, by: grace.id, canListModels: false })
  graceKey.row.status = 'inactive'
  const target = at(company, 'credential', `key/${graceKey.row.id}`)
  const probe = async (lent: string) =>
    (await actionOf('anthropic.key.deactivate').probe.run(cordon.context({ lent: () => lent }), target)).verdict
  assert.deepEqual(await Promise.all([small, robotKey, graceKey].map(({ value }) => probe(value))), [
    'unknown',
    'alive',
    'dead',
  ])
})

test('an admin key is neither shown nor ended by the API: refused with who must, and never called dead', async () => {
  const { company, cordon } = await start()
  const target = at(company, 'credential', 'key/apikey_01stolen')
  const action = actionOf('anthropic.key.deactivate')
  const member = { entity: target, role: 'trigger', credentialKind: null, identity: null } as const
  assert.equal(action.targetFor({ ...member, attributes: { keyKind: 'admin' } }), undefined)
  await assert.rejects(
    () => action.apply(cordon.context(), target),
    (error) => error instanceof AnthropicError && error.hint?.includes('admin-keys') === true,
  )
  assert.equal(await action.readBack?.(cordon.context(), target), 'unknown')
  assert.equal((await action.probe.run(cordon.context(), target)).verdict, 'unknown')
})

test('an administrator is not removed by the API: refused with the way out', async () => {
  const { company, cordon } = await start()
  const target = at(company, 'identity', `user/${company.ada.id}`)
  await assert.rejects(
    () => actionOf('anthropic.user.remove').apply(cordon.context(), target),
    (error) => error instanceof AnthropicError && error.code === 'ERR_ANTHROPIC_REFUSED' && error.hint !== undefined,
  )
  assert.ok(company.twin.state.users.has(company.ada.id))
})

test("what is Cordon's own, break-glass or of another organisation is refused before anything is changed", async () => {
  const { company, cordon } = await start()
  const { twin, grace, labels, graceKey, ownKey, config } = company
  const refused = (why: string) => (error: unknown) =>
    error instanceof AnthropicError && error.code === 'ERR_ANTHROPIC_TARGET' && error.message.includes(why)
  const key = actionOf('anthropic.key.deactivate')
  const names = namesOfOwnKeys(config, cordon.authority)
  assert.equal(names.length, 3)
  for (const target of names) await assert.rejects(() => key.apply(cordon.context(), target), refused('own'))
  const workspace = at(company, 'resource', `workspace/${labels.id}`)
  await assert.rejects(() => actionOf('anthropic.workspace.archive').apply(cordon.context(), workspace), refused('own'))

  const unowned = { ...config, ownKeys: [] }
  const target = at(company, 'credential', `key/${graceKey.row.id}`)
  const sparing = cordon.context({ spared: [target, at(company, 'identity', `user/${grace.id}`)], config: unowned })
  await assert.rejects(() => actionOf('anthropic.workspace.archive').apply(sparing, workspace), refused('break-glass'))
  const membership = at(company, 'resource', `membership/${labels.id}/${grace.id}`)
  await assert.rejects(() => actionOf('anthropic.membership.remove').apply(sparing, membership), refused('break-glass'))
  const personal = makeKey(twin.org, 'personal', { principal: grace.id, by: grace.id })
  await assert.rejects(
    () => key.apply(sparing, at(company, 'credential', `key/${personal.row.id}`)),
    refused('break-glass'),
  )
  const other = '00000000-0000-4000-8000-000000000002'
  const abroad = entityId('credential', other, `key/${graceKey.row.id}`)
  await assert.rejects(() => key.apply(cordon.context(), abroad), refused('another organisation'))
  // The key that acts is of another organisation than the source: the answer of `me` tells.
  await assert.rejects(() => key.apply(cordon.context({ authority: other }), abroad), refused('which answers'))
  await assert.rejects(
    () => key.apply(cordon.context({ config: { ...config, acts: false } }), target),
    (error) => error instanceof AnthropicError && error.code === 'ERR_ANTHROPIC_NEEDS',
  )
  for (const { row } of [graceKey, ownKey, personal]) assert.equal(row.status, 'active')
  assert.equal(textIn(twin.state.workspaces.get(labels.id), 'archived_at'), '')
})
