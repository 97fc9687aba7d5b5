import type { CliCommand } from '#cli'

import { initCommand } from './init.ts'
import { startCommand } from './start.ts'

/** Commands that need no running server, or start one. */
export const offlineCommands: readonly CliCommand[] = [startCommand, initCommand]
