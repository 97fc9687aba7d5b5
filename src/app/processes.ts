import { exitCodes, type CliCommand } from '#cli'

import { keepCodeCacheSoon } from './code-cache.ts'
import { configOf, configOptions } from './offline/start.ts'
import { refuseTestSettings } from './test-settings.ts'

const options = {
  ...configOptions,
  listen: { type: 'string', value: 'HOST:PORT', help: 'where the API listens' },
} as const

/** What the supervisor starts. Loaded lazily, so that no command line pays for a server. */
export const processCommands: readonly CliCommand[] = [
  {
    name: 'core',
    summary: 'the core process; `cordon start` runs it',
    args: [],
    options,
    example: 'cordon start',
    run: async (input) => {
      refuseTestSettings(input.io.env)
      const config = configOf(input)
      const { startThreads } = await import('./core/threads.ts')
      const threads = startThreads(config)
      const { runCore } = await import('./core.ts')
      await runCore(config, threads)
      keepCodeCacheSoon()
      return exitCodes.ok
    },
  },
  {
    name: 'hands',
    summary: 'the hands process; `cordon start` runs it',
    args: [],
    options,
    example: 'cordon start',
    run: async (input) => {
      refuseTestSettings(input.io.env)
      const { runHands } = await import('./hands.ts')
      await runHands(configOf(input))
      keepCodeCacheSoon()
      return exitCodes.ok
    },
  },
]
