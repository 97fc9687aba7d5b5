import type { FindingId } from '#model'
import { routes, type ResponseOf } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { exitCodes, type CliCommand } from '../command.ts'
import { renderExcepted, renderFinding, renderKind, renderOpen } from '../posture.ts'
import { type Columns, listOptions, printList, timeCell } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { plural } from '../table.ts'

const columns: Columns<ResponseOf<'posture.list'>['findings'][number]> = [
  ['id', ({ id }) => id],
  ['kind', ({ kind }) => kind],
  ['severity', ({ severity }) => severity],
  ['title', ({ title }) => title],
  ['on', ({ on }) => on],
  ['name', ({ name }) => name],
  ['owner', ({ owner }) => owner],
  ['since', ({ sinceMs }) => timeCell(sinceMs)],
  ['why', ({ why }) => why],
  ['fix', ({ fix }) => fix.preview],
  ['excepted_until', ({ exception }) => timeCell(exception?.untilMs)],
]

const list: CliCommand = {
  name: 'posture list',
  summary:
    'what is weak and nobody answers for, gravest first; exit 1 while there is anything, or while any of it cannot be said',
  args: [],
  options: {
    kind: { type: 'string', value: 'KIND', help: 'only this one (`cordon posture kinds`)' },
    all: { type: 'boolean', help: 'show those that are excepted too, apart (`cordon posture except`)' },
    ...listOptions,
    ...serverOptions,
  },
  example: 'cordon posture list --kind unused-key',
  async run(input) {
    const kind = input.text('kind')
    const state = input.flag('all') ? 'all' : 'open'
    const client = connect(input)
    const page = (after?: FindingId) => client.call('posture.list', { query: { kind, state, after } })
    const answer = await page()
    const findings = [...answer.findings]
    for (let next = answer.findings; next.length > 0 && findings.length < answer.total;) {
      next = (await page(next.at(-1)?.id)).findings
      findings.push(...next)
    }
    const { blind, partly, asOf, atMs, excepted } = answer
    const open = findings.filter(({ exception }) => exception === null)
    const apart = findings.filter(({ exception }) => exception !== null)
    const text = (): void => {
      if (open.length > 0) input.io.out(`${renderOpen(open)}\n`)
      if (apart.length > 0) input.io.out(`${renderExcepted(apart)}\n`)
      const [first] = open
      const next = first === undefined ? '' : ` Next: cordon posture show ${first.id}`
      const besides = excepted === 0 ? '' : ` ${excepted} excepted${apart.length > 0 ? '' : ' (--all)'}.`
      input.io.out(`${plural(open.length, 'finding')}.${besides}${next}`)
      for (const { kind: not, why } of blind) input.io.out(`not said: ${not}: ${why.join('; ')}`)
      if (partly.length > 0)
        input.io.out(`said in part: ${partly.join(', ')} (\`cordon posture kinds\` says what is lacking)`)
    }
    const json = () => ({ asOf, atMs, findings, excepted, blind, partly })
    printList(input, { json, rows: findings, columns, text })
    return open.length === 0 && blind.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

const show: CliCommand = {
  name: 'posture show',
  summary: 'one weak thing: owner, evidence, whom it reaches, and the fix with what it would do and the way back',
  args: ['fnd_…'],
  options: serverOptions,
  example: 'cordon posture show fnd_4mzxq7vn5k2h3d6t',
  async run(input) {
    const [finding = ''] = input.args
    const found = await connect(input).call('posture.show', { params: { finding } })
    input.io.out(input.flag('json') ? JSON.stringify(found) : renderFinding(found.finding).join('\n'))
    return exitCodes.ok
  },
}

const kinds: CliCommand = {
  name: 'posture kinds',
  summary:
    'every kind of weakness: its rule, whether it can be said here and why not, its measured precision and recall',
  args: [],
  options: { ...listOptions, ...serverOptions },
  example: 'cordon posture kinds',
  async run(input) {
    const found = await connect(input).call('posture.kinds')
    const text = (): void => {
      for (const kind of found.kinds) input.io.out(renderKind(kind).join('\n'))
      if (found.how !== '') input.io.out(`\nfigures: ${found.how}`)
    }
    printList(input, {
      json: () => found,
      rows: found.kinds,
      columns: columnsBy(routes['posture.kinds'].response.shape.kinds.element.shape),
      text,
    })
    return exitCodes.ok
  },
}

export const postureCommands: readonly CliCommand[] = [list, show, kinds]
