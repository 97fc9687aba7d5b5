import type { CliCommand } from './command.ts'
import { estateCommands } from './commands/estate.ts'
import { incidentCommands } from './commands/incident.ts'
import { settingCommands } from './commands/setting.ts'
import { systemCommands } from './commands/system.ts'

export { approverKeyPath, loadOrMakeApproverKey } from './approver.ts'
export { connect, createClient, profilePath, readProfile, serverOptions, type Client, type Profile } from './client.ts'
export {
  CliError,
  exitCodes,
  runCli,
  type CliCommand,
  type CliInput,
  type CliIo,
  type ExitCode,
  type OptionSpec,
} from './command.ts'
export { duration, plural, table } from './table.ts'

/** Commands that talk to a running Cordon; those that work without one are in `app`. */
export const serverCommands: readonly CliCommand[] = [
  ...incidentCommands,
  ...estateCommands,
  ...settingCommands,
  ...systemCommands,
]
