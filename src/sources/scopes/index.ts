export { actionNeeds, compareScopes, streamNeeds, type Need } from './scopes.ts'
