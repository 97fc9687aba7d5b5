import { routes, type QueryOf, type ResponseOf } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { CliError, countOption, durationOf, exitCodes, manyItems, neededOption, type CliCommand } from '../command.ts'
import { type Columns, listOptions, manyCell, printList, refuseTwoForms, timeCell } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { renderItems, renderReview, renderReviews } from '../review.ts'
import { plural } from '../table.ts'

type Item = ResponseOf<'review.show'>['items'][number]
/** Rows fetched at a time. */
const pageRows = 1_000
const rowsDefault = 200
const helpHint = 'the command with --help tells more'

const open: CliCommand = {
  name: 'review open',
  summary: 'freeze who has which right to a group, data set, class or app, for reviewers to decide on until a day',
  args: [],
  options: {
    of: { type: 'string', value: 'THING', help: 'a group or role, a data set, a class or an app' },
    reviewers: { type: 'string', value: 'NAMES', help: 'users of Cordon, with commas between; or: owners' },
    due: { type: 'string', value: '14d', help: 'decided until then (default 14d)' },
    undecided: { type: 'string', value: 'keep', help: 'what becomes of the rest: keep (default), or take' },
    ...serverOptions,
  },
  example: 'cordon review open --of analysts --reviewers ann,bob --due 14d',
  async run(input) {
    const undecided = input.text('undecided') ?? 'keep'
    if (undecided !== 'keep' && undecided !== 'take')
      throw new CliError('ERR_CLI_USAGE', `\`${undecided}\` is neither keep nor take`, { place: '--undecided' })
    const names = neededOption(input, 'reviewers', helpHint)
    const reviewers = names === 'owners' ? ('owners' as const) : names.split(',').flatMap((name) => name.trim() || [])
    const body = {
      of: neededOption(input, 'of', helpHint),
      reviewers,
      dueMs: durationOf(input.text('due') ?? '14d', 'due', '14d'),
      undecided,
    } as const
    const review = await connect(input).call('review.open', { body })
    input.io.out(input.flag('json') ? JSON.stringify(review) : renderReview(review).join('\n'))
    return exitCodes.ok
  },
}

const list: CliCommand = {
  name: 'review list',
  summary: 'reviews, the newest first; exit 1 while one waits for decisions',
  args: [],
  options: {
    max: { type: 'string', value: 'N', help: 'at most so many (default 50)' },
    ...listOptions,
    ...serverOptions,
  },
  example: 'cordon review list',
  async run(input) {
    const max = Math.min(200, Math.max(1, countOption(input, 'max', 50)))
    const { reviews } = await connect(input).call('review.list', { query: { max: String(max) } })
    const text = (): void => input.io.out(renderReviews(reviews).join('\n'))
    printList(input, {
      json: () => ({ reviews }),
      rows: reviews,
      columns: columnsBy(routes['review.list'].response.shape.reviews.element.shape),
      text,
    })
    const waits = reviews.some(({ closedAtMs, undecided }) => closedAtMs === null && undecided > 0)
    return waits ? exitCodes.notClean : exitCodes.ok
  },
}

const columns: Columns<Item> = [
  ['n', ({ n }) => n],
  ['kind', ({ kind }) => kind],
  ['of', ({ of }) => of],
  ['name', ({ name }) => name],
  ['on', ({ on }) => on],
  ['through', ({ through }) => manyCell(through)],
  ['use', ({ use }) => use],
  ['last_use', ({ lastUseMs }) => timeCell(lastUseMs)],
  ['reviewer', ({ reviewer }) => reviewer],
  ['decision', ({ decision }) => decision ?? 'undecided'],
  ['reason', ({ reason }) => reason],
  ['decided_by', ({ decidedBy }) => decidedBy],
  ['decided_at', ({ decidedAtMs }) => timeCell(decidedAtMs)],
  ['evidence', ({ evidence }) => manyCell(evidence.map(String))],
]

const show: CliCommand = {
  name: 'review show',
  summary: 'a review with its rights, last use and decisions; exit 1 while it waits for decisions',
  args: ['REVIEW'],
  options: {
    undecided: { type: 'boolean', help: 'only what nobody decided about' },
    mine: { type: 'boolean', help: 'only what you may decide about' },
    unused: { type: 'boolean', help: 'only what nothing shows a use of in the 90 days before' },
    max: { type: 'string', value: 'N', help: 'at most so many rights (default 200; with --json and --csv all)' },
    ...listOptions,
    ...serverOptions,
  },
  example: 'cordon review show rev_5f2q… --mine --undecided',
  async run(input) {
    refuseTwoForms(input)
    const [review = ''] = input.args
    const isWhole = input.flag('json') || input.flag('csv')
    const most = countOption(input, 'max', isWhole ? Number.MAX_SAFE_INTEGER : rowsDefault)
    const client = connect(input)
    const asked: Partial<Record<keyof QueryOf<'review.show'>, string>> = {
      ...(input.flag('undecided') ? { decision: 'none' } : {}),
      ...(input.flag('unused') ? { use: 'unused' } : {}),
      ...(input.flag('mine') ? { mine: 'true' } : {}),
    }
    const items: Item[] = []
    let answer: ResponseOf<'review.show'>
    do {
      const max = String(Math.max(1, Math.min(pageRows, most - items.length)))
      const query = { ...asked, after: String(items.at(-1)?.n ?? 0), max }
      answer = await client.call('review.show', { params: { review }, query })
      items.push(...answer.items)
    } while (answer.items.length > 0 && items.length < most)
    printList(input, {
      json: () => ({ ...answer, items }),
      rows: items,
      columns,
      text: () => input.io.out([...renderReview(answer.review), '', ...renderItems(items)].join('\n')),
    })
    const { closedAtMs, undecided } = answer.review
    return closedAtMs === null && undecided > 0 ? exitCodes.notClean : exitCodes.ok
  },
}

const decide: CliCommand = {
  name: 'review decide',
  summary: 'keep or take rights by their numbers, with a reason; the newest decision counts until the review is closed',
  args: ['REVIEW', `${manyItems}?`],
  options: {
    keep: { type: 'boolean', help: 'they stay' },
    take: { type: 'boolean', help: 'they are taken when the review is closed, by a plan that waits for approval' },
    unused: { type: 'boolean', help: 'all that nobody decided about and nothing shows a use of' },
    reason: { type: 'string', value: 'TEXT', help: 'why' },
    ...serverOptions,
  },
  example: 'cordon review decide rev_5f2q… 3 7 12 --take --reason "left the project"',
  async run(input) {
    const [review = '', ...numbers] = input.args
    if (input.flag('keep') === input.flag('take'))
      throw new CliError('ERR_CLI_USAGE', 'say --keep, or --take: one of them', { hint: 'cordon review decide --help' })
    const items = numbers.map((text) => {
      if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
      throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no number of a right`, {
        hint: `cordon review show ${review}`,
      })
    })
    const unused = input.flag('unused')
    if (items.length === 0 && !unused)
      throw new CliError('ERR_CLI_USAGE', 'name rights by their numbers, or --unused', {
        hint: `cordon review show ${review}`,
      })
    const decision = input.flag('keep') ? ('keep' as const) : ('take' as const)
    const body = { items, unused, decision, reason: neededOption(input, 'reason', helpHint) }
    const answer = await connect(input).call('review.decide', { params: { review }, body })
    const { undecided } = answer.review
    input.io.out(
      input.flag('json')
        ? JSON.stringify(answer)
        : `${plural(answer.decided, 'right')} decided: ${decision}; ${undecided} left`,
    )
    return exitCodes.ok
  },
}

const remind: CliCommand = {
  name: 'review remind',
  summary: 'a task for each reviewer who has not decided yet; it goes where tasks go',
  args: ['REVIEW'],
  options: serverOptions,
  example: 'cordon review remind rev_5f2q…',
  async run(input) {
    const [review = ''] = input.args
    const answer = await connect(input).call('review.remind', { params: { review } })
    input.io.out(input.flag('json') ? JSON.stringify(answer) : `${plural(answer.tasks, 'task')}; cordon task list`)
    return exitCodes.ok
  },
}

const close: CliCommand = {
  name: 'review close',
  summary: 'end a review: what was taken becomes plans, which wait for approvals as all do',
  args: ['REVIEW'],
  options: serverOptions,
  example: 'cordon review close rev_5f2q…',
  async run(input) {
    const [review = ''] = input.args
    const answer = await connect(input).call('review.close', { params: { review } })
    if (input.flag('json')) input.io.out(JSON.stringify(answer))
    else {
      input.io.out(renderReview(answer.review).join('\n'))
      if (answer.gone > 0) input.io.out(`${plural(answer.gone, 'right')} gone already`)
      if (answer.byHand > 0) input.io.out(`${plural(answer.byHand, 'right')} that no action takes: cordon task list`)
    }
    return exitCodes.ok
  },
}

export const reviewCommands: readonly CliCommand[] = [open, list, show, decide, remind, close]
