export { identitiesWriter } from './words.ts'
