import type { CliCommand } from '#cli'

import { backupCommands } from './backup.ts'
import { hostCommands } from './host.ts'
import { initCommand } from './init.ts'
import { vaultCommands } from './vault.ts'
import { ledgerCommands } from './ledger.ts'
import { policyCommands } from './policy.ts'
import { startCommand } from './start.ts'

/** Commands that need no running server, or start one. */
export const offlineCommands: readonly CliCommand[] = [
  startCommand,
  initCommand,
  ...hostCommands,
  ...backupCommands,
  ...ledgerCommands,
  ...policyCommands,
  ...vaultCommands,
]
