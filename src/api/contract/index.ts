export * from './entities.ts'
export * from './openapi.ts'
export * from './routes.ts'
export * from './user-token.ts'
