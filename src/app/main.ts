import { CordonError, stderrDiagnose } from '#kit'
import { runCli, serverCommands } from '#cli'

import { processIo } from './io.ts'
import { offlineCommands } from './offline/index.ts'
import { processCommands } from './processes.ts'
import { version } from './version.ts'

process.on('uncaughtException', (error) => {
  stderrDiagnose('error', 'process.failed', {
    code: error instanceof CordonError ? error.code : 'ERR_INTERNAL',
    error: String(error.stack ?? error).slice(0, 1000),
  })
  process.exit(70)
})

const argv = process.argv.slice(2)
const commands = argv[0] === 'core' || argv[0] === 'hands' ? processCommands : [...offlineCommands, ...serverCommands]
const code = await runCli({ version, commands }, argv, processIo())
// core and hands go on living; everything else is done here.
if (code !== 0 || commands !== processCommands) process.exitCode = code
if (code !== 0 && commands === processCommands) process.exit(code)
