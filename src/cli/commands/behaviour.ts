import { formatTime } from '#kit'

import { renderBehaviour } from '../behaviour.ts'
import { routes } from '#api/contract'

import { connect, serverOptions } from '../client.ts'
import { countOption, exitCodes, type CliCommand } from '../command.ts'
import { listOptions, printList } from '../listing.ts'
import { columnsBy } from '../listing-columns.ts'
import { table } from '../table.ts'

const list: CliCommand = {
  name: 'behaviour list',
  summary: 'identities, credentials and apps that are unlike themselves, the most so first',
  args: [],
  options: {
    max: { type: 'string', value: 'N', help: 'how many (default 100, at most 1000)' },
    ...listOptions,
    ...serverOptions,
  },
  example: 'cordon behaviour list --max 20',
  async run(input) {
    const answer = await connect(input).call('behaviour.list', {
      query: { max: String(countOption(input, 'max', 100)) },
    })
    const text = (): void => {
      if (answer.actors.length === 0) input.io.out('nobody stands out')
      else
        input.io.out(
          table(
            ['points', 'kinds', 'newest act', 'who'],
            answer.actors.map(({ points, kinds, lastSeenMs, entity }) => [
              String(points),
              kinds.join(', '),
              formatTime(lastSeenMs),
              entity,
            ]),
          ),
        )
    }
    printList(input, {
      json: () => answer,
      rows: answer.actors,
      columns: columnsBy(routes['behaviour.list'].response.shape.actors.element.shape),
      text,
    })
    return exitCodes.ok
  },
}

const show: CliCommand = {
  name: 'behaviour show',
  summary:
    'what somebody usually does, how much of it is known yet, and every signal that stands, with its numbers; exit 1 where nothing is known',
  args: ['ENTITY'],
  options: serverOptions,
  example: 'cordon behaviour show identity:okta.example:00u1',
  async run(input) {
    const [of = ''] = input.args
    const answer = await connect(input).call('behaviour.show', { query: { of } })
    input.io.out(input.flag('json') ? JSON.stringify(answer) : renderBehaviour(answer))
    return answer.realms.length > 0 ? exitCodes.ok : exitCodes.notClean
  },
}

export const behaviourCommands: readonly CliCommand[] = [list, show]
