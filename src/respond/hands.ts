export * from './pace.ts'
export * from './runner.ts'
export * from './runner-options.ts'
