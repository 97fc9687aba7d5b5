import { CordonError, stderrDiagnose } from '#kit'
import { runCli, serverCommands, type CliCommand } from '#cli'

import { processIo } from './io.ts'
import { offlineCommands, offlineCommandsUnder } from './offline/index.ts'
import { version } from './version.ts'

/** One command line, in this process. `core` and `hands` live on after it. */
export async function run(argv: readonly string[]): Promise<void> {
  process.on('uncaughtException', (error) => {
    stderrDiagnose('error', 'process.failed', {
      code: error instanceof CordonError ? error.code : 'ERR_INTERNAL',
      error: String(error.stack ?? error).slice(0, 1000),
    })
    process.exit(70)
  })
  const isProcess = argv[0] === 'core' || argv[0] === 'hands'
  const code = await runCli({ version, commands: await commandsFor(argv[0] ?? '') }, argv, processIo())
  if (code !== 0 && isProcess) process.exit(code)
  if (!isProcess) process.exitCode = code
}

/** All there is for a word nobody knows; else no more than what may be meant, so that a start stays short. */
async function commandsFor(word: string): Promise<readonly CliCommand[]> {
  if (word === 'version' || word === '--version') return []
  if (word === 'core' || word === 'hands') return (await import('./processes.ts')).processCommands
  const offline = await offlineCommandsUnder(word)
  if (offline.all) return offline.commands
  const server = await serverCommands()
  const isServers = server.some(({ name }) => name.split(' ')[0] === word)
  return isServers ? [...offline.commands, ...server] : [...(await offlineCommands()), ...server]
}
