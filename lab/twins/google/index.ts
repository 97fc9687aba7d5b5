export { startGoogleTwin, type GoogleTwin } from './server.ts'
export { operations } from './operations.ts'
export { TwinRefused } from './people.ts'
export { vendorLags, type TwinUser } from './world.ts'
