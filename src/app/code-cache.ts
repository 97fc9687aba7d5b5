import { existsSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Keeps compiled code beside the packages it came from, so that a restart does not compile (in a checkout: strip types)
 * everything again. Never in a shared folder: whoever can write there decides what we run, so it must be nobody who
 * could not change the program itself. Where the program is read-only there is simply no cache.
 * Call it first in an entry, before anything else is imported; each thread has its own.
 */
export function useCodeCache(): void {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
  const own = join(root, 'node_modules')
  const cache = join(existsSync(own) ? own : dirname(root), '.cache', 'cordon')
  enableCompileCache(cache)
  // Threads and children have it from their first module on: else each loads the type stripper for its entry alone.
  process.env['NODE_COMPILE_CACHE'] = cache
}

/** Start-up is over by then; it must not pay for writing. */
const keepAfterMs = 2_000

/** Writes what was compiled, once: a process that is killed would keep nothing. */
export function keepCodeCacheSoon(): void {
  setTimeout(flushCompileCache, keepAfterMs).unref()
}
