import { isId } from '#kit'

import { routes } from '#api/contract'

import { connect, serverOptions, type Client } from '../client.ts'
import { CliError, countOption, exitCodes, type CliCommand, type CliInput } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { renderReport } from '../report.ts'
import { renderShort, renderTimeline, type TimelineBody } from '../timeline.ts'

const show: CliCommand = {
  name: 'incident show',
  summary: 'dead with proof, survivors with the next step, actions, whose data, and what happened when',
  args: ['inc_…'],
  options: serverOptions,
  example: 'cordon incident show inc_7k3p…',
  async run(input) {
    const client = connect(input)
    const params = { incident: incidentArgument(input) }
    const report = await client.call('incident.show', { params })
    const timeline = await wholeTimeline(client, report.incident.id)
    if (input.flag('json')) input.io.out(JSON.stringify({ ...report, timeline }))
    else
      input.io.out(
        [
          renderReport(report),
          '',
          'TIMELINE (UTC, when it happened; + how long until Cordon was told)',
          ...renderShort(timeline),
        ].join('\n'),
      )
    return report.survivors.length === 0 ? exitCodes.ok : exitCodes.notClean
  },
}

/** Pages read for one screen; beyond, `incident timeline` reads on. */
const pagesMax = 20

async function wholeTimeline(client: Client, incident: string): Promise<TimelineBody> {
  const ask = (after?: string) =>
    client.call('incident.timeline', { params: { incident }, query: { max: '500', after } })
  const timeline = await ask()
  for (let page = 1; timeline.next !== null && page < pagesMax; page++) {
    const { lines, next } = await ask(timeline.next)
    timeline.lines.push(...lines)
    timeline.next = next
  }
  return timeline
}

const timeline: CliCommand = {
  name: 'incident timeline',
  summary: 'what happened, was found, decided, done and proven, in the order in which it happened',
  args: ['inc_…'],
  options: {
    after: { type: 'string', value: 'CURSOR', help: 'the next page: what the page before printed last' },
    max: { type: 'string', value: 'N', help: 'lines of a page (default 200, at most 500)' },
    ...listOptions,
    ...serverOptions,
  },
  example: 'cordon incident timeline inc_7k3p… --max 50',
  async run(input) {
    const page = await connect(input).call('incident.timeline', {
      params: { incident: incidentArgument(input) },
      query: { max: String(countOption(input, 'max', 200)), after: input.text('after') },
    })
    const text = (): void => {
      if (page.lines.length === 0) input.io.out('nothing more')
      else input.io.out(renderTimeline(page.lines, page.says).join('\n'))
    }
    printList(input, {
      json: () => page,
      rows: page.lines,
      columns: columnsBy(routes['incident.timeline'].response.shape.lines.element.shape),
      text,
    })
    if (page.next !== null) input.io.err(`more: --after '${page.next}'`)
    return exitCodes.ok
  },
}

export function incidentArgument(input: CliInput): string {
  const [text = ''] = input.args
  if (!isId('inc', text))
    throw new CliError('ERR_CLI_USAGE', `\`${text}\` is no incident id`, { hint: '`cordon incident list` shows them' })
  return text
}

export const incidentShowCommands: readonly CliCommand[] = [show, timeline]
