export * from './intake/index.ts'
export * from './registry/index.ts'
export * from './runner/index.ts'
