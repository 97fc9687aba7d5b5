export { isRedactionOf } from './redaction.ts'
export { canonicalSecret, scrub, type FoundSecret, type Scrubbed, type SecretFingerprint } from './secrets/scrub.ts'
export { scrubJson } from './secrets/json.ts'
export { scrubSqlLiterals } from './sql-literals.ts'
