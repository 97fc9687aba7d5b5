import { formatTime } from '#kit'
import { routes, type ResponseOf } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { CliError, exitCodes, type CliCommand } from '../command.ts'
import { endOf, renderAlive, renderAmbiguous, renderPerson } from '../people.ts'
import { type Columns, listOptions, printList, timeCell } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { plural, table } from '../table.ts'

const states = ['here', 'ended'] as const

const columns: Columns<ResponseOf<'people.list'>['people'][number]> = [
  ['person', ({ person }) => person],
  ['worker', ({ worker }) => worker],
  ['name', ({ name }) => name],
  ['mail', ({ mail }) => mail],
  ['project', ({ project }) => project],
  ['customer', ({ customer }) => customer],
  ['manager', ({ manager }) => manager],
  ['start', ({ startAtMs }) => timeCell(startAtMs)],
  ['end', ({ endAtMs }) => timeCell(endAtMs)],
  ['ended', ({ ended }) => ended],
  ['vanished', ({ vanished }) => vanished],
]

const list: CliCommand = {
  name: 'people list',
  summary: 'staff and contractors, as your registers of people say',
  args: [],
  options: { state: { type: 'string', value: states.join('|'), help: 'only these' }, ...listOptions, ...serverOptions },
  example: 'cordon people list --state ended',
  async run(input) {
    const asked = input.text('state')
    const state = states.find((known) => known === asked)
    if (asked !== undefined && state === undefined)
      throw new CliError('ERR_CLI_USAGE', `\`${asked}\` is no state`, { place: '--state', hint: states.join(', ') })
    const client = connect(input)
    const people: Awaited<ReturnType<typeof page>>['people'] = []
    const page = (after: string | undefined) => client.call('people.list', { query: { state, after } })
    let answer = await page(undefined)
    while (answer.people.length > 0) {
      people.push(...answer.people)
      answer = await page(answer.people.at(-1)?.person)
    }
    const text = (): void => {
      if (people.length === 0)
        return input.io.out('nobody: `cordon source add NAME --connector people` reads who works here (docs/people.md)')
      const rows = people.map((one) => [
        one.person,
        one.worker ?? '-',
        one.mail ?? '-',
        one.project ?? '-',
        one.customer ?? '-',
        endOf(one),
      ])
      input.io.out(table(['person', 'who', 'address', 'project', 'customer', 'ends'], rows))
      input.io.out(`\n${plural(answer.here, 'person', 'people')} here, ${answer.ended} ended`)
    }
    const json = () => ({ people, here: answer.here, ended: answer.ended })
    printList(input, { json, rows: people, columns, text })
    return exitCodes.ok
  },
}

const show: CliCommand = {
  name: 'people show',
  summary: 'one person: accounts at every vendor, what is alive, what others would have to take over',
  args: ['PERSON'],
  options: serverOptions,
  example: 'cordon people show ada@example.com',
  async run(input) {
    const [person = ''] = input.args
    const found = await connect(input).call('people.show', { query: { person } })
    input.io.out(input.flag('json') ? JSON.stringify(found) : renderPerson(found).join('\n'))
    return exitCodes.ok
  },
}

const ended: CliCommand = {
  name: 'people ended',
  summary:
    'who no longer works here and still has something alive; exit 1 while there is anybody, or no register says who works here',
  args: [],
  options: { ...listOptions, ...serverOptions },
  example: 'cordon people ended',
  async run(input) {
    const found = await connect(input).call('people.ended')
    const text = (): void => {
      if (found.people === 0) {
        input.io.out('nobody can say who ended: no register of people was read (`cordon source list`, docs/people.md)')
      } else if (found.ended.length === 0) input.io.out('nobody who ended is still active')
      for (const { person, alive } of found.ended) {
        input.io.out(`${person.person}  ${person.mail ?? ''}  ended ${endOf(person)}`)
        for (const line of renderAlive(alive)) input.io.out(`  ${line}`)
      }
      for (const line of renderAmbiguous(found.ambiguous)) input.io.out(line)
      if (found.ended.length > 0)
        input.io.out(`\n${plural(found.ended.length, 'person', 'people')}. Next: cordon offboard --ended`)
    }
    printList(input, {
      json: () => found,
      rows: found.ended,
      columns: columnsBy(routes['people.ended'].response.shape.ended.element.shape),
      text,
    })
    return found.people > 0 && found.ended.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

const believe: CliCommand = {
  name: 'people believe',
  summary: 'say that a held export, by which a crowd would leave at once, is right; that very content alone',
  args: ['SOURCE', 'DIGEST'],
  options: serverOptions,
  example: 'cordon people believe hr 3f9a1c5e77b20d41',
  async run(input) {
    const [source = '', digest = ''] = input.args
    if (!/^[0-9a-f]{16}$/.test(digest))
      throw new CliError('ERR_CLI_USAGE', `\`${digest}\` is no digest of an export`, {
        place: 'DIGEST',
        hint: `the 16 digits that the stream's error names: cordon source show ${source}`,
      })
    await connect(input).call('people.believe', { params: { source }, body: { digest } })
    input.io.out(
      input.flag('json')
        ? JSON.stringify({ source, digest })
        : `\`${source}\` takes the export ${digest} at its next look (${formatTime(input.io.clock.nowMs())})`,
    )
    return exitCodes.ok
  },
}

export const peopleCommands: readonly CliCommand[] = [list, show, ended, believe]
