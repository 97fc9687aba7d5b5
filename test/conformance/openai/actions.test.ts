import assert from 'node:assert/strict'
import { test } from 'node:test'

import { createHttp } from '#kit'
import { entityId } from '#model'
import { namesOfOwnKeys, openaiOrigins, OpenaiError } from '#connectors/openai'

import { makeUser } from '../../../lab/twins/openai/organization.ts'
import { makeKey } from '../../../lab/twins/openai/projects.ts'
import { actionTrial } from '../actions.ts'
import { actionOf } from './cordon.ts'
import { ask, readsFiles, textIn } from './thief.ts'
import { at, trial } from './cases.ts'

const { start, tests } = actionTrial(trial)
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
