import type { FindingId } from '#model'

import { connect, serverOptions } from '../client.ts'
import { exitCodes, type CliCommand } from '../command.ts'
import { renderFinding, renderKind } from '../posture.ts'
import { plural, table } from '../table.ts'

const list: CliCommand = {
  name: 'posture list',
  summary: 'what is weak, gravest first; exit 1 while there is anything, or while any of it cannot be said',
  args: [],
  options: {
    kind: { type: 'string', value: 'KIND', help: 'only this one (`cordon posture kinds`)' },
    ...serverOptions,
  },
  example: 'cordon posture list --kind unused-key',
  async run(input) {
    const kind = input.text('kind')
    const client = connect(input)
    const page = (after?: FindingId) => client.call('posture.list', { query: { kind, after } })
    const answer = await page()
    const findings = [...answer.findings]
    for (let next = answer.findings; next.length > 0 && findings.length < answer.total;) {
      next = (await page(next.at(-1)?.id)).findings
      findings.push(...next)
    }
    const { blind, asOf, atMs } = answer
    if (input.flag('json')) input.io.out(JSON.stringify({ asOf, atMs, findings, blind }))
    else {
      const rows = findings.map((one) => [
        one.id,
        one.severity,
        one.kind,
        one.owner ?? 'nobody',
        one.name ?? one.on,
        one.why,
      ])
      if (rows.length > 0) input.io.out(table(['finding', 'severity', 'kind', 'owner', 'on', 'why'], rows))
      if (rows.length > 0) input.io.out('')
      const [first] = findings
      const next = first === undefined ? '' : ` Next: cordon posture show ${first.id}`
      input.io.out(`${plural(findings.length, 'finding')}.${next}`)
      for (const { kind: not, why } of blind) input.io.out(`not said: ${not}: ${why.join('; ')}`)
    }
    return findings.length === 0 && blind.length === 0 ? exitCodes.ok : exitCodes.notClean
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
  options: serverOptions,
  example: 'cordon posture kinds',
  async run(input) {
    const found = await connect(input).call('posture.kinds')
    if (input.flag('json')) input.io.out(JSON.stringify(found))
    else {
      for (const kind of found.kinds) input.io.out(renderKind(kind).join('\n'))
      if (found.how !== '') input.io.out(`\nfigures: ${found.how}`)
    }
    return exitCodes.ok
  },
}

export const postureCommands: readonly CliCommand[] = [list, show, kinds]
