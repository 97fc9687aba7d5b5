export { tryRights } from './try-rights.ts'
export { actionNeeds, compareScopes, streamNeeds, type Need } from './scopes.ts'
