import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'

import { createRegistry } from '../../src/app/registry.ts'
import { hooks } from './host/cases.ts'
import { holdsContract, titleOf } from './scene-contract.ts'
import { caseGaps, scenesOfConnector, untried, type SceneCase } from './scenes.ts'

// What every action of every connector owes: a case in which the thief is shut out, twice is once, and undo says what it
// gives back. An action without one turns this red; so does a vendor whose cases nobody runs.
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
