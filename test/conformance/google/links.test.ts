import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import type { EntityId } from '#model'

import { makeRig, SteppingClock, type Rig } from './rig.ts'

// What Google holds of a file is asked of the twin's own state: role, kind of link, whether searches find it.
let rig: Rig
before(async () => {
  rig = await makeRig(new SteppingClock())
})
after(async () => {
  assert.deepEqual([...rig.twin.violations, ...rig.twin.files.violations], [])
  await rig.twin.close()
})

let serial = 0
function shared(link: { role: 'reader' | 'commenter' | 'writer'; isFound?: boolean }) {
  const owner = rig.people.hire(`Owner Number${serial}`)
  const file = rig.people.share(owner, { id: `file-${serial++}` }, link)
  return { owner, file, target: rig.id('resource', `link/${owner.id}/${file.id}`) }
}
const linksOf = (id: string) => [...(rig.world.files.get(id)?.permissions.values() ?? [])]
const close = () => rig.action('google.link.close')

test('a link is closed, proven so, and put back exactly as it was', async () => {
  for (const link of [
    { role: 'reader' },
    { role: 'commenter' },
    { role: 'writer' },
    { role: 'reader', isFound: true },
    { role: 'writer', isFound: true },
  ] as const) {
    const { file, target } = shared(link)
    const before = linksOf(file.id)
    const action = close()
    assert.equal(await action.readBack?.(rig.context(), target), 'absent')
    assert.equal((await action.probe.run(rig.context(), target)).verdict, 'alive')
    const undoState = await action.remember?.(rig.context(), target, undefined)
    await action.apply(rig.context(), target)
    assert.deepEqual(linksOf(file.id), [])
    assert.equal(await action.readBack?.(rig.context(), target), 'landed')
    assert.equal((await action.probe.run(rig.context(), target)).verdict, 'dead')
    // Somebody dies here and looks again: what was remembered is not lost with what is there no more.
    const again = await action.remember?.(rig.context(), target, undoState)
    assert.deepEqual(again, undoState)
    await action.undo?.(rig.context(), target, again)
    await action.undo?.(rig.context(), target, again)
    assert.deepEqual(linksOf(file.id), before)
  }
})

test('what Google refuses, what is off, and what is of nobody here is refused by name, and nothing changes', async () => {
  const { file, target, owner } = shared({ role: 'reader' })
  const refuses = (why: RegExp, over = {}, of: EntityId = target) =>
    assert.rejects(async () => close().apply(rig.context(over), of), why)
  await refuses(/may not take links away/, { config: { ...rig.config, links: false } })
  await refuses(/break-glass/, { spared: [rig.id('identity', owner.id)] })
  await refuses(/in whose name Cordon asks/, {}, rig.id('resource', `link/${rig.actor.id}/${file.id}`))
  await refuses(/is of a user that is gone/, {}, rig.id('resource', `link/10000000000000000000000/${file.id}`))
  const [link] = linksOf(file.id)
  assert.ok(link)
  link.isInherited = true
  await refuses(/Google refuses the change of a link: `cannotDeletePermission`/)
  assert.deepEqual(linksOf(file.id), [link])
})

test('the log tells of a link with its owner and how far it goes, until it is closed', async () => {
  const { file, owner } = shared({ role: 'writer' })
  rig.people.share(owner, { id: 'closed-again' }, { role: 'reader' })
  rig.people.share(owner, { id: 'closed-again' }, null)
  rig.clock.pass(10 * 60_000)
  const all = await rig.normalized('log-drive')
  const name = rig.id('resource', `link/${owner.id}/${file.id}`)
  const facts = all.flatMap((one) => one.facts).filter(({ entity }) => entity === name)
  const known = Object.assign({}, ...facts.map(({ attributes }) => attributes))
  assert.deepEqual(
    [known['kind'], known['audience'], known['writable'], known['owner']],
    ['link', 'link', true, rig.id('identity', owner.id)],
  )
  const closed = rig.id('resource', `link/${owner.id}/closed-again`)
  const ends = all.flatMap((one) => one.edges).filter(({ dst }) => dst === closed)
  assert.ok(
    ends.some((edge) => edge.op === 'close'),
    'its end is told',
  )
})

test('the clients that Cordon itself asks and acts with are told as its own', async () => {
  const facts = (await rig.normalized('directory')).flatMap((one) => one.facts)
  const own = facts.filter(({ entity, attributes }) => /\/?delegation\//.test(entity) && attributes['own'] === true)
  assert.deepEqual(
    [...new Set(own.map(({ entity }) => entity))].toSorted(),
    [rig.accounts.see, rig.accounts.contain]
      .map(({ client }) => rig.id('credential', `delegation/${client}`))
      .toSorted(),
  )
})
