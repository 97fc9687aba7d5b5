import { useCodeCache } from './code-cache.ts'

useCodeCache()
// Only now, and only what the command needs.
const { run } = await import('./run.ts')
await run(process.argv.slice(2))
