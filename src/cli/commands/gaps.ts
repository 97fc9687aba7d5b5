import { connect, serverOptions } from '../client.ts'
import { CliError, countOption, durationOf, exitCodes, type CliCommand } from '../command.ts'
import { gapInWords, renderGaps, type Gap } from '../gaps.ts'
import { listOptions, manyCell, printList, refuseTwoForms, type Columns } from '../listing.ts'

const gapsDefault = 50
const kinds = ['standing', 'factor', 'condition'] as const

const columns: Columns<Gap> = [
  ['id', ({ id }) => id],
  ['kind', ({ kind }) => kind],
  ['of', ({ of }) => of],
  ['name', ({ name }) => name],
  ['on', ({ on }) => on],
  ['onName', ({ onName }) => onName],
  ['what', gapInWords],
  ['change', ({ change }) => change],
  ['holders', ({ holders }) => holders],
  ['people', ({ people }) => people],
  ['protectsNewly', ({ newly }) => newly],
  ['peopleSoFar', ({ peopleSoFar }) => peopleSoFar],
  ['daysUsed', ({ daysUsed }) => daysUsed],
  ['noticedBy', ({ noticedBy }) => manyCell(noticedBy.map(({ entity }) => entity))],
  ['evidence', ({ evidence }) => manyCell(evidence.map(String))],
]

const gaps: CliCommand = {
  name: 'access gaps',
  summary:
    'standing access, missing factors, keys without a condition, ranked by people protected per change; exit 1 while there is any, or a source is lacking',
  args: [],
  options: {
    since: { type: 'string', value: '90d', help: 'use counts in so long before now (default 90d)' },
    kind: { type: 'string', value: kinds.join('|'), help: 'only gaps of this kind' },
    max: { type: 'string', value: 'N', help: 'at most so many changes (default 50, at most 500)' },
    ...listOptions,
    ...serverOptions,
  },
  example: 'cordon access gaps --max 10',
  async run(input) {
    refuseTwoForms(input)
    const windowMs = durationOf(input.text('since') ?? '90d', 'since', '90d', 1)
    const kind = input.text('kind')
    if (kind !== undefined && !kinds.some((known) => known === kind))
      throw new CliError('ERR_CLI_USAGE', `\`${kind}\` is no kind of gap`, { place: '--kind', hint: kinds.join(', ') })
    const max = Math.max(1, countOption(input, 'max', gapsDefault))
    const answer = await connect(input).call('access.gaps', {
      query: {
        windowMs: String(windowMs),
        max: String(max),
        ...(kind === undefined ? {} : { kind: kinds.find((known) => known === kind) }),
      },
    })
    printList(input, {
      json: () => answer,
      rows: answer.gaps,
      columns,
      text: () => input.io.out(renderGaps(answer).join('\n')),
    })
    return answer.total === 0 && answer.lacking.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

export const gapCommands: readonly CliCommand[] = [gaps]
