import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { endedActive, readRegister } from '#people'
import { entityId, type EntityId } from '#model'

import { createPeopleDesk } from '../../../src/app/core/people-desk.ts'
import type { Estate } from '../../../lab/estate/estate.ts'
import type { TwinClock } from '../../../lab/twins/kit/clock.ts'
import type { Cordon } from '../estate/cordon.ts'
import { identityOf } from '../estate/names.ts'
import { accountNames, accountRealms, exportOf, peopleSource, realm, type Rows } from '../../../lab/estate/register.ts'

/** What a company's people mean to Cordon, tried on an estate that is filled and connected. */
export function testPeople(parts: () => { estate: Estate; cordon: Cordon; clock: TwinClock }): void {
  let people: ReturnType<typeof peopleSource> | undefined
  const open = (): ReturnType<typeof peopleSource> =>
    peopleSource(accountRealms((vendor) => parts().cordon.authorities.get(vendor)))
  after(() => people?.close())

  const named: Rows = (person) => accountNames(parts().estate.fills)(person)
  const personOf = (employee: string): EntityId => entityId('person', realm, employee)
  const whole = (): string => exportOf(parts().estate.company, named)

  async function readAgain(text: string): Promise<void> {
    people ??= open()
    people.write(text)
    parts().clock.pass(1_000)
    await parts().cordon.connect(people.setup)
  }
  const look = async () => endedActive(parts().cordon.graph.view(), parts().clock.nowMs())

  void test('who ended and is alive somewhere is found, at every vendor, and nobody else', async () => {
    const { estate, cordon } = parts()
    await readAgain(whole())
    const { ended, ambiguous } = await look()
    assert.deepEqual(ambiguous, [])
    const said = ended.flatMap(({ person, alive }) => alive.map(({ account }) => `${person.person} ${account}`)).sort()
    const left = estate.company.people.filter(({ endMs }) => endMs !== null)
    const planted = estate.fills.flatMap(({ vendor, weaknesses }) =>
      weaknesses.flatMap(({ kind, native, person }) => {
        const one = left.find(({ n }) => n === person)
        if (!/^(?:leaver|ended-contractor)-alive$/.test(kind) || one === undefined) return []
        return [`${personOf(one.employeeId)} ${identityOf(cordon.authorities, vendor, native)}`]
      }),
    )
    assert.ok(new Set(planted).size >= 5, 'one at each vendor')
    assert.deepEqual(said, [...new Set(planted)].sort())
  })

  void test('everybody of the export is read with project, customer and end', async () => {
    const { estate, cordon } = parts()
    const register = await readRegister(cordon.graph.view())
    assert.equal(register.people.length, estate.company.people.length)
    const crew = estate.company.people.find(({ kind, endMs }) => kind === 'contractor' && endMs !== null)
    const one = register.people.find(({ person }) => person === personOf(crew?.employeeId ?? ''))
    const project = estate.company.projects[crew?.group ?? -1]
    assert.deepEqual(
      [one?.worker, one?.mail, one?.project, one?.customer, one?.isVanished],
      ['contractor', crew?.email, project?.slug, estate.company.customers[project?.customer ?? -1]?.name, false],
    )
  })

  void test('somebody who goes from the list has ended, and who comes back has not', async () => {
    const { estate } = parts()
    const here = estate.company.people.find(({ endMs, kind }) => endMs === null && kind === 'contractor')
    assert.ok(here)
    await readAgain(exportOf(estate.company, (person) => (person.n === here.n ? null : named(person))))
    const gone = (await look()).ended.find(({ person }) => person.person === personOf(here.employeeId))
    assert.deepEqual([gone?.person.isVanished, gone?.alive[0]?.way], [true, 'mail'])
    await readAgain(whole())
    assert.ok(!(await look()).ended.some(({ person }) => person.person === personOf(here.employeeId)))
  })

  void test('pages of one list are of one moment, read once', async () => {
    const { estate, cordon, clock } = parts()
    await readAgain(whole())
    let views = 0
    const desk = createPeopleDesk({
      tenant: 't_default',
      clock,
      view: () => {
        views++
        return Promise.resolve(cordon.graph.view())
      },
      responder: { open: () => Promise.reject(new Error('not asked')) },
      sources: () => [],
      feed: () => Promise.reject(new Error('not asked')),
      receipt: (what) => ({ name: 'receipt', args: what }),
    })
    const first = await desk.list({ max: 5 })
    const here = estate.company.people.find(({ endMs }) => endMs === null)
    await readAgain(exportOf(estate.company, (person) => (person.n === here?.n ? null : named(person))))
    const next = await desk.list({ max: 1_000, after: first.people.at(-1)?.person })
    assert.deepEqual([next.asOf, next.ended, views], [first.asOf, first.ended, 1])
    assert.equal(first.people.length + next.people.length, estate.company.people.length)
    const anew = await desk.list({ max: 5 })
    assert.deepEqual([anew.ended, views], [first.ended + 1, 2])
    clock.pass(60_000)
    await desk.list({ max: 5, after: first.people.at(-1)?.person })
    assert.equal(views, 3, 'nobody goes on in a list of long ago')
    await readAgain(whole())
  })

  void test('an account that leads to two people is said and is nobody’s', async () => {
    const { estate } = parts()
    const a = estate.company.people.find(({ endMs, leftAlive }) => endMs !== null && leftAlive === 'okta')
    const here = estate.company.people.find(({ endMs }) => endMs === null)
    assert.ok(a && here)
    await readAgain(
      exportOf(estate.company, (person) => ({ ...named(person), ...(person.n === here.n ? { mail: a.email } : {}) })),
    )
    const both = await look()
    // Their one address is of somebody who is here: the account is theirs, and nobody is told to have ended.
    assert.ok(!both.ended.some(({ person }) => person.person === personOf(a.employeeId)))
    await readAgain(
      exportOf(estate.company, (person) => ({
        ...named(person),
        ...(person.n === here.n ? { mail: a.email, end: '2026-01-01' } : {}),
      })),
    )
    const { ended, ambiguous } = await look()
    assert.ok(!ended.some(({ person }) => person.person === personOf(a.employeeId)))
    const pairs = new Set(ambiguous.map(({ people: some }) => [...some].sort().join(' ')))
    assert.deepEqual([...pairs], [[personOf(a.employeeId), personOf(here.employeeId)].sort().join(' ')])
  })
}
