import { useCodeCache } from './code-cache.ts'

useCodeCache()
await import('./core/writer-main.ts')
