import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { createHttp } from '#kit'
import { entityId, type EntityId } from '#model'
import { namesOfOwnKeys, openaiActions, openaiOrigins, OpenaiError } from '#connectors/openai'

import { makeUser } from '../../../lab/twins/openai/organization.ts'
import { makeAdminKey, makeKey, makeMember, makeProject } from '../../../lab/twins/openai/projects.ts'
import { lostAt } from '../cordon.ts'
import { foundCompany, home, type Company } from './company.ts'
import { actionOf, openCordon } from './cordon.ts'
import { administers, ask, callsModels, readsFiles, textIn } from './thief.ts'

/** One verb, what a thief has, and whether it still opens something: asked at the vendor, never at Cordon. */
type Case = {
  name: string
  verb: string
  set(company: Company): Promise<{ target: EntityId; works(): Promise<boolean>; lent?: string }>
  isUndone: boolean
}
const at = ({ twin }: Company, kind: 'identity' | 'credential' | 'resource', native: string): EntityId =>
  entityId(kind, twin.state.organization, native)

const cases: Case[] = [
  {
    name: 'a key of a user, whose project is known',
    verb: 'openai.key.delete',
    isUndone: false,
    set: async (company) => ({
      target: at(company, 'credential', `key/${company.graceKey.row.id}/in/${company.labels.id}`),
      works: () => readsFiles(company.twin.url, company.graceKey.value),
      lent: company.graceKey.value,
    }),
  },
  {
    name: 'a key of a user, in a project that has to be found, and that may not list models',
    verb: 'openai.key.delete',
    isUndone: false,
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
    isUndone: false,
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
    isUndone: false,
    set: async (company) => ({
      target: at(company, 'identity', `service-account/${company.robot.id}`),
      works: () => callsModels(company.twin.url, company.robotKey.value),
      lent: company.robotKey.value,
    }),
  },
  {
    name: 'a user',
    verb: 'openai.user.remove',
    isUndone: false,
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
    isUndone: false,
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
    isUndone: true,
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
    isUndone: true,
    async set(company) {
      const { twin, grace } = company
      twin.console.makeOwner(twin.console.signIn(company.ada, home), home, grace)
      return {
        target: at(company, 'resource', `role-assignment/organization/${grace.id}/owner`),
        works: async () => grace['role'] === 'owner',
      }
    },
  },
  ...(['organization', 'project'] as const).map((scope): Case => ({
    name: `a role by its id, in the ${scope}`,
    verb: 'openai.role.unassign',
    isUndone: true,
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
    isUndone: true,
    set: async (company) => ({
      target: at(company, 'resource', `project/${company.labels.id}`),
      works: () => callsModels(company.twin.url, company.robotKey.value),
    }),
  },
  {
    name: 'models, for a project that had a list of its own',
    verb: 'openai.project.pause',
    isUndone: true,
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
    isUndone: false,
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

async function start() {
  const company = await foundCompany()
  after(() => company.twin.close())
  const cordon = openCordon(company)
  after(() => cordon.close())
  return { company, cordon }
}

for (const { name, verb, set, isUndone } of cases) {
  test(`${verb}: ${name}: works until it is done, and then never; twice is once`, async () => {
    const { company, cordon } = await start()
    const { twin } = company
    const { target, works, lent } = await set(company)
    const action = actionOf(verb)
    const context = (over = {}) => cordon.context({ lent: () => lent, ...over })
    assert.equal(await works(), true, 'before')
    assert.equal(await action.readBack?.(context(), target), 'absent')
    assert.notEqual((await action.probe.run(context(), target)).verdict, 'dead', 'no proof before it is done')

    const own = context({ isOwn: (entity: EntityId) => entity === target })
    await assert.rejects(() => action.apply(own, target), { code: 'ERR_OPENAI_TARGET' })
    assert.equal(await works(), true, "Cordon's own is left alone")

    const { undoState } = await action.apply(context(), target)
    assert.equal(await works(), false, 'after')
    assert.equal(await action.readBack?.(context(), target), 'landed')
    const probed = await action.probe.run(context(), target)
    assert.equal(probed.verdict, 'dead', JSON.stringify(probed))
    if (lent !== undefined && probed.verdict === 'dead') assert.equal(probed.proof.kind, 'probed')

    const again = await action.apply(context(), target)
    assert.equal(again.undoState, undefined, 'a second time has nothing to undo')
    assert.equal(await works(), false)
    assert.equal(action.undo !== undefined, isUndone)
    assert.equal(action.preview(target, {}).reversible, isUndone)
    if (action.undo !== undefined) {
      await action.undo(context(), target, undoState)
      assert.equal(await works(), true, 'undo gives it back')
      await action.undo(context(), target, undoState)
      assert.equal(await action.readBack?.(context(), target), 'absent')
    }
    assert.deepEqual([twin.wrongRequests, twin.wrongAnswers], [[], []])
  })
}

test('every verb was tried', () => {
  assert.deepEqual(
    openaiActions.map(({ verb }) => verb).filter((verb) => !cases.some((one) => one.verb === verb)),
    [],
  )
})

/** The answer to a change is lost on its way: what was done is found by reading back, and doing it again is nothing. */
test('a death between the change and its answer is found by reading back', async () => {
  for (const { verb, set } of cases) {
    const { company, cordon } = await start()
    const { target, works } = await set(company)
    const losing = lostAt(openaiOrigins(company.config), 'behind', (_, method) => method !== 'GET')
    const action = actionOf(verb)
    const context = cordon.context({ http: cordon.httpFor('contain', losing), signal: AbortSignal.timeout(2_000) })
    await assert.rejects(() => action.apply(context, target), verb)
    assert.equal(await works(), false, verb)
    assert.equal(await action.readBack?.(cordon.context(), target), 'landed', verb)
    assert.equal((await action.apply(cordon.context(), target)).undoState, undefined, verb)
  }
})

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
