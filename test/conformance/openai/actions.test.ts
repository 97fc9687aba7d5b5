import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createHttp } from '#kit'
import { entityId, type EntityId } from '#model'
import { namesOfOwnKeys, openaiActions, openaiOrigins, OpenaiError } from '#connectors/openai'

import { makeUser } from '../../../lab/twins/openai/organization.ts'
import { makeAdminKey, makeKey, makeMember, makeProject } from '../../../lab/twins/openai/projects.ts'
import { actionTrial, type ActionCase } from '../actions.ts'
import { stateText } from '../cordon.ts'
import { foundCompany, home, type Company } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'
import { administers, ask, callsModels, readsFiles, textIn } from './thief.ts'

const at = ({ twin }: Company, kind: 'identity' | 'credential' | 'resource', native: string): EntityId =>
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

const { start, tests } = actionTrial({
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
for (const { name, run } of tests) test(name, run)

test('what OpenAI says it did not delete is not said to be deleted', async () => {
  const { company, cordon } = await start()
  const target = at(company, 'credential', `key/${company.graceKey.row.id}/in/${company.labels.id}`)
  const base = createHttp(openaiOrigins(company.config))
  const http = cordon.httpFor('contain', {
    async request(url, request) {
      if (request?.method !== 'DELETE') return base.request(url, request)
      const answer = await base.request(url, { ...request, method: 'GET' })
      return { ...answer, json: () => ({ object: 'organization.project.api_key.deleted', deleted: false }) }
    },
  })
  await assert.rejects(() => actionOf('openai.key.delete').apply(cordon.context({ http }), target), {
    code: 'ERR_OPENAI_REFUSED',
  })
})

test('a key of a service account is not said to be deleted by itself', async () => {
  const { company, cordon } = await start()
  const target = at(company, 'credential', `key/${company.robotKey.row.id}/in/${company.labels.id}`)
  await assert.rejects(
    () => actionOf('openai.key.delete').apply(cordon.context(), target),
    (error) => error instanceof OpenaiError && error.hint?.includes(company.robot.id) === true,
  )
  assert.ok(await readsFiles(company.twin.url, company.robotKey.value))
})

test('a 401 that lacks a permission is no proof: a live key with few rights gets one, too', async () => {
  const { company, cordon } = await start()
  const { twin, labels, grace } = company
  const small = makeKey(twin.org, labels.id, { user: grace.id }, 'small', ['api.files.read'])
  assert.equal((await ask(`${twin.url}/v1/models`, small.value)).status, 401)
  const gone = at(company, 'credential', 'key/key_gone')
  const probed = await actionOf('openai.key.delete').probe.run(cordon.context({ lent: () => small.value }), gone)
  assert.equal(probed.verdict, 'unknown')
})

test("what is Cordon's own, break-glass or of another organisation is refused before anything is sent", async () => {
  const { company, cordon } = await start()
  const { twin, looks, acts, root, grace, labels, graceKey, main } = company
  const refused = (why: string) => (error: unknown) =>
    error instanceof OpenaiError && error.code === 'ERR_OPENAI_TARGET' && error.message.includes(why)
  const names = namesOfOwnKeys(company.config, cordon.authority)
  assert.deepEqual(
    names,
    [looks, acts].map(({ row }) => at(company, 'credential', `key/${row.id}`)),
  )
  const key = actionOf('openai.key.delete')
  for (const target of names) await assert.rejects(() => key.apply(cordon.context(), target), refused('own'))
  // Nobody wrote its id down: the letters that OpenAI shows of it are those of the key in hand.
  const forgetful = cordon.context({ config: { ...company.config, ownKeys: [] } })
  const own = at(company, 'credential', `key/${acts.row.id}`)
  await assert.rejects(() => key.apply(forgetful, own), refused('own'))
  const user = at(company, 'identity', `user/${root.id}`)
  await assert.rejects(() => actionOf('openai.user.remove').apply(forgetful, user), refused('own'))
  makeUser(twin.org, 'Second', 'second@brightwater.example', 'owner')
  const owner = at(company, 'resource', `role-assignment/organization/${root.id}/owner`)
  await assert.rejects(() => actionOf('openai.role.unassign').apply(cordon.context(), owner), refused('own'))

  const spared = [at(company, 'credential', `key/${graceKey.row.id}`), at(company, 'identity', `user/${grace.id}`)]
  const sparing = cordon.context({ spared })
  const inside = at(company, 'credential', `key/${graceKey.row.id}/in/${labels.id}`)
  await assert.rejects(() => key.apply(sparing, inside), refused('break-glass'))
  const project = at(company, 'resource', `project/${labels.id}`)
  for (const verb of ['openai.project.archive', 'openai.project.pause']) {
    await assert.rejects(() => actionOf(verb).apply(sparing, project), refused('break-glass'))
  }
  const membership = at(company, 'resource', `membership/${labels.id}/${grace.id}`)
  await assert.rejects(() => actionOf('openai.membership.remove').apply(sparing, membership), refused('break-glass'))
  await assert.rejects(
    () => key.apply(cordon.context(), entityId('credential', 'org-other', `key/${graceKey.row.id}`)),
    refused('another organisation'),
  )
  // The key that acts is of the organisation that the source names: it is asked for no other's.
  const abroad = entityId('credential', 'org-other', `key/${graceKey.row.id}/in/${labels.id}`)
  await assert.rejects(
    () => key.apply(cordon.context({ authority: 'org-other' }), abroad),
    refused('another organisation'),
  )
  const looking = cordon.context({ config: { ...company.config, acts: false } })
  await assert.rejects(
    () => key.apply(looking, inside),
    (error) => error instanceof OpenaiError && error.code === 'ERR_OPENAI_NEEDS',
  )
  assert.ok(await readsFiles(twin.url, graceKey.value))
  assert.equal(textIn(twin.state.projects.get(main.id), 'status'), 'active')
})
