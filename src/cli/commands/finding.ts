import { formatTime } from '#kit'
import { shownWeight } from '#model'
import type { ResponseOf } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { countOption, exitCodes, type CliCommand } from '../command.ts'
import { listOptions, manyCell, printList, timeCell, type Columns } from '../listing.ts'
import { plural, table } from '../table.ts'
import { shownTriage } from './triage.ts'

const columns: Columns<ResponseOf<'finding.list'>['findings'][number]> = [
  ['number', ({ number }) => number],
  ['id', ({ id }) => id],
  ['at', ({ atMs }) => timeCell(atMs)],
  ['severity', ({ severity }) => severity],
  ['rule', ({ rule }) => rule],
  ['title', ({ title }) => title],
  ['entities', ({ entities }) => manyCell(entities)],
  ['incidents', ({ incidents }) => manyCell(incidents)],
  ['state', ({ triage }) => triage.state],
  ['verdict', ({ triage }) => triage.verdict],
  ['owner', ({ triage }) => triage.owner],
  ['count', ({ like }) => like?.count ?? 1],
  ['opens', ({ opens }) => opens],
  ['exception', ({ exception }) => exception],
  ['weight', ({ weight }) => weight.value],
]

const list: CliCommand = {
  name: 'finding list',
  summary: 'what rules found, newest first; weak ones too, which open no incident',
  args: [],
  options: {
    rule: { type: 'string', value: 'RULE', help: 'of this rule alone' },
    max: { type: 'string', value: 'N', help: 'how many (default 100, at most 1000)' },
    before: { type: 'string', value: 'NUMBER', help: 'older than this number: the next page' },
    'by-weight': {
      type: 'boolean',
      help: 'this page by severity, then by how often their rules were right, then newest first',
    },
    each: { type: 'boolean', help: 'each by itself, not those of one rule, entity and day (UTC) as one line' },
    ...listOptions,
    ...serverOptions,
  },
  example: 'cordon finding list --rule sigma.root_login',
  async run(input) {
    const before = countOption(input, 'before', 0)
    const { findings } = await connect(input).call('finding.list', {
      query: {
        max: String(countOption(input, 'max', 100)),
        before: before === 0 ? undefined : String(before),
        rule: input.text('rule'),
        grouped: String(!input.flag('each')),
        order: input.flag('by-weight') ? 'weight' : 'newest',
      },
    })
    const text = (): void => {
      if (findings.length === 0) return input.io.out('no findings')
      input.io.out(
        table(
          ['number', 'at', 'severity', 'state', 'finding', 'incident', 'count', 'rule', 'about'],
          findings.map(({ number, atMs, severity, id, rule, entities, triage, incidents, like }) => [
            String(number),
            formatTime(atMs),
            severity,
            triage.verdict ?? triage.state,
            id,
            incidents.length > 1 ? `${incidents[0]} and ${incidents.length - 1} more` : (incidents[0] ?? '-'),
            String(like?.count ?? 1),
            rule,
            entities[0] ?? '',
          ]),
        ),
      )
    }
    printList(input, { json: () => ({ findings }), rows: findings, columns, text })
    return exitCodes.ok
  },
}

const show: CliCommand = {
  name: 'finding show',
  summary: 'one finding: whom it is about, its evidence, and the incidents that hold it',
  args: ['fnd_…'],
  options: serverOptions,
  example: 'cordon finding show fnd_7k3p…',
  async run(input) {
    const finding = await connect(input).call('finding.show', { params: { finding: input.args[0] ?? '' } })
    input.io.out(input.flag('json') ? JSON.stringify(finding) : shown(finding))
    return exitCodes.ok
  },
}

const reload: CliCommand = {
  name: 'rule reload',
  summary: 'let a running Cordon read rules and packs anew; no event and no state is lost',
  args: [],
  options: serverOptions,
  example: 'cordon rule reload',
  async run(input) {
    await connect(input).call('rule.reload')
    input.io.out(
      input.flag('json')
        ? '{"ok":true}'
        : 'rules are read anew before the next event; `cordon status` shows what loaded',
    )
    return exitCodes.ok
  },
}

function shown(finding: ResponseOf<'finding.show'>): string {
  const {
    title,
    severity,
    rule,
    place,
    atMs,
    fromMs,
    entities,
    evidence,
    group,
    reasons,
    opens,
    late,
    incidents,
    triage,
    exception,
    weight,
  } = finding
  return [
    `${severity}  ${title}`,
    `rule ${rule}${place === null ? '' : ` (${place})`}, ${shownWeight(weight)}`,
    fromMs === atMs ? formatTime(atMs) : `${formatTime(fromMs)} to ${formatTime(atMs)}`,
    ...entities.map((entity) => `  about ${entity}`),
    ...Object.entries(group).map(([name, value]) => `  ${name}: ${value}`),
    ...reasons.map((reason) => `  ${reason}`),
    `${plural(evidence.length, 'event')}: ${evidence.join(', ')}`,
    ...(late
      ? ['its event came later than its source declares: `cordon rule backtest --lateness 1d` correlates what did']
      : []),
    shownTriage(triage),
    ...(exception === null ? [] : [`it falls under \`${exception}\``]),
    incidents.length > 0
      ? `in ${incidents.join(', ')}`
      : opens
        ? 'its incident is about to open'
        : 'it opens no incident by itself',
  ].join('\n')
}

export const findingCommands: readonly CliCommand[] = [list, show, reload]
