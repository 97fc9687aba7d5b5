import { useCodeCache } from './code-cache.ts'

useCodeCache()
await import('./core/backtest/main.ts')
