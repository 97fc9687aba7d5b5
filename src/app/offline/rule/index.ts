import type { CliCommand } from '#cli'

import { lint } from './lint.ts'
import { run } from './run.ts'

export const ruleCommands: readonly CliCommand[] = [run, lint]
