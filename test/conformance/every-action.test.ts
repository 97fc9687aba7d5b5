import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'

import { createRegistry } from '../../src/app/registry.ts'
import { hooks } from './host/cases.ts'
import { holdsContract, titleOf } from './scene-contract.ts'
import { wrongScopes } from './scopes.ts'
import { caseGaps, scenesOfConnector, untried, type SceneCase } from './scenes.ts'

// What every action of every connector owes: a case in which the thief is shut out, twice is once, and undo says what it
// gives back; and that it declares the permissions it takes, no fewer and no more. An action without one turns this red; so does a vendor whose cases nobody runs.
const testFolder = join(import.meta.dirname, '..')
const acting = createRegistry(hooks)
  .all()
  .filter(({ actions }) => actions.length > 0)
const scenes = new Map<string, SceneCase[]>()
for (const { id } of acting) scenes.set(id, (await scenesOfConnector[id]?.()) ?? [])

test('every registered action has a case, or says why it can have none', () => {
  assert.ok(acting.length >= 18)
  const registered = acting.map(({ id, actions }) => ({ id, verbs: actions.map(({ verb }) => verb) }))
  assert.deepEqual(caseGaps(registered, scenes, untried), [])
  // The gate itself: a new action, a connector that nobody tried, a case of an action that is gone, and a stale reason.
  const more = [
    ...registered.filter(({ id }) => id !== 'fleet'),
    { id: 'fleet', verbs: ['fleet.session.end', 'fleet.user.sessions.end', 'fleet.a.new'] },
    { id: 'another', verbs: ['another.key.delete'] },
  ]
  assert.deepEqual(caseGaps(more, scenes, { ...untried, 'okta.user.suspend': 'x', 'gone.key.delete': 'x' }), [
    '`another.key.delete` has no case',
    '`fleet.a.new` has no case',
    '`fleet.host.lock` has a case and is no action',
    '`gone.key.delete` has a reason and is no action',
    '`okta.user.suspend` has a case, and a reason for none',
  ])
})

/** Connectors whose cases are tried here; the others have a test of their own. */
const triedHere = ['host', 'keys', 'vault']
for (const id of triedHere)
  suite(id, () => {
    for (const one of scenes.get(id) ?? []) test(titleOf(one), () => holdsContract(one))
  })

test('the cases of each connector are run by some test', () => {
  const files = globSync(['conformance/**/*.test.ts', 'systems/*.test.ts'], { cwd: testFolder })
  assert.ok(files.length > 100)
  const texts = files.map((file) => ({ file, text: readFileSync(join(testFolder, file), 'utf8') }))
  const unrun: string[] = []
  for (const { id } of acting) {
    if (triedHere.includes(id)) continue
    const own = texts.filter(({ file }) => file.startsWith(`conformance/${id}`) || file.startsWith(`systems/${id}`))
    const says = own.map(({ text }) => text).join('\n')
    const cases = globSync([`conformance/${id}/cases.ts`, `systems/${id}-cases.ts`], { cwd: testFolder })
    assert.equal(cases.length, 1, id)
    const lists = readFileSync(join(testFolder, cases[0] ?? ''), 'utf8').matchAll(/export const (\w*tri(?:al|ed))\b/gi)
    // Kubernetes' are tried on a cluster of its own, too, and share one.
    for (const [, name = ''] of lists)
      if (!new RegExp(`(?:actionTrial|scenesOf)\\(${name}\\)|of \\[\\.\\.\\.actionChecks`).test(says))
        unrun.push(`${id}: ${name}`)
  }
  assert.deepEqual(unrun, [])
})

const whoAnswers = 'the twin asks for no permission to say which organisation answers'
/** What goes without a permission that an action declares, as far as a twin or its cases can tell, and why it is declared. */
const untold: Readonly<Record<string, string>> = {
  'huggingface.space.pause: goes as well without `org.read`': whoAnswers,
  'huggingface.repo.hide: goes as well without `org.read`': whoAnswers,
  'huggingface.token.revoke: goes as well without `org.read`': whoAnswers,
  'huggingface.account-token.delete: goes as well without `org.read`': whoAnswers,
  'huggingface.account.delete: goes as well without `org.read`': whoAnswers,
  'huggingface.token.revoke: goes as well without `org.members.read`':
    'the twin lists tokens, with owners, for `org.write`',
  'huggingface.space.pause: goes as well without `repo.content.read`': 'the twin reads it into `repo.write`',
  'huggingface.repo.hide: goes as well without `repo.content.read`': 'the twin reads it into `repo.write`',
  'litellm.key.block: goes as well without `/key/list`': 'asked only about a key that was deleted meanwhile',
}
/** Of kubernetes and vault the printed roles are tried as a whole, not action by action; the rest know one permission or two. */
const notByAction = ['anthropic', 'fleet', 'host', 'keys', 'kubernetes', 'oidc', 'openai', 'postgres', 'vault']
const told = ['crowdstrike', 'entra', 'github', 'google', 'huggingface', 'litellm', 'okta', 'slack']
suite('where the vendor knows permissions, those an action declares are enough, and each is needed', () => {
  test('of each connector it is known', () =>
    assert.deepEqual(['aws', ...told, ...notByAction].toSorted(), acting.map(({ id }) => id).toSorted()))
  const found: string[] = []
  for (const id of told)
    test(id, async () => {
      const wrong = await wrongScopes(scenes.get(id) ?? [])
      found.push(...wrong)
      assert.deepEqual(
        wrong.filter((line) => untold[line] === undefined),
        [],
      )
    })
  // Its steps look for users and for roles, by id and by name, with one list of rights: not each case needs all of them.
  test('aws: enough', async () => {
    const ofAccount = scenes.get('aws')?.filter(({ verb }) => verb !== 'aws.key.hand-over') ?? []
    assert.ok(ofAccount.length > 8)
    assert.deepEqual(await wrongScopes(ofAccount, false), [])
  })
  test('no exception is left that is none', () => assert.deepEqual(found.toSorted(), Object.keys(untold).toSorted()))
})
