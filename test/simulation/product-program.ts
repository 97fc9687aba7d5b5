/**
 * Core or hands as the supervisor starts them, for tests that kill them; arguments: role, data directory, host:port,
 * configuration. The one difference: hands waits for a vendor, and a claim for a lost worker, a tenth of the time.
 */
import { assert } from '#kit'

import { keepCodeCacheSoon } from '../../src/app/code-cache.ts'
import { loadConfig } from '../../src/app/config.ts'

const [role, data, listen, file] = process.argv.slice(2)
assert(data !== undefined && listen !== undefined && file !== undefined, 'arguments')
const config = loadConfig({ data, listen, file, cwd: data })
if (role === 'core') {
  const { startThreads } = await import('../../src/app/core/threads.ts')
  const threads = startThreads(config)
  const { runCore } = await import('../../src/app/core.ts')
  await runCore(config, threads)
} else {
  const { runHands } = await import('../../src/app/hands.ts')
  await runHands(config, { leaseMs: 3_000, requestTimeoutMs: 1_000, retryFirstMs: 50, attemptsMax: 50 })
}
keepCodeCacheSoon()
