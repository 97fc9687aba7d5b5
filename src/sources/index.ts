export * from './intake/index.ts'
export * from './registry/index.ts'
