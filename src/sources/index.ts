export * from './intake/index.ts'
