import { systemRandom } from '#kit'
import { keyKinds, rotateKey } from '#vault'
import { CliError, exitCodes, type CliCommand } from '#cli'

import { paths } from '../paths.ts'
import { configOf, configOptions } from './start.ts'

const rotate: CliCommand = {
  name: 'vault rotate',
  summary: 'make a new newest key of a kind; old ones keep opening, and a running Cordon takes it over within a minute',
  args: [keyKinds.join('|')],
  options: configOptions,
  example: 'cordon vault rotate hands',
  run(input) {
    const kind = keyKinds.find((known) => known === input.args[0])
    if (kind === undefined)
      throw new CliError('ERR_CLI_USAGE', `\`${input.args[0] ?? ''}\` is no kind of key`, { hint: keyKinds.join(', ') })
    const id = rotateKey(paths(configOf(input)).keys, kind, systemRandom)
    input.io.out(input.flag('json') ? JSON.stringify({ kind, id }) : `new ${kind} key ${id}`)
    return Promise.resolve(exitCodes.ok)
  },
}

export const vaultCommands: readonly CliCommand[] = [rotate]
