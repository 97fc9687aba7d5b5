import { useCodeCache } from './code-cache.ts'

useCodeCache()
await import('./core/estate-main.ts')
