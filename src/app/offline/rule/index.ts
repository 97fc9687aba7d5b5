import type { CliCommand } from '#cli'

import { backtest } from './backtest.ts'
import { coverageCommand } from './coverage.ts'
import { explainCommand } from './explain.ts'
import { lint } from './lint.ts'
import { run } from './run.ts'
import { testCommand } from './cases.ts'

export const ruleCommands: readonly CliCommand[] = [run, lint, testCommand, explainCommand, coverageCommand, backtest]
