import { CordonError } from '#kit'

/** SCIM's own words for these faults (RFC 7644, table 9) stand in `src/api/dialects.ts`. */
export class ScimError extends CordonError<
  | 'ERR_SCIM_ABSENT'
  | 'ERR_SCIM_FILTER'
  | 'ERR_SCIM_PATH'
  | 'ERR_SCIM_TARGET'
  | 'ERR_SCIM_VALUE'
  | 'ERR_SCIM_SYNTAX'
  | 'ERR_SCIM_MUTABILITY'
  | 'ERR_SCIM_TAKEN'
  | 'ERR_SCIM_VERSION'
  | 'ERR_SCIM_FULL'
  | 'ERR_SCIM_METHOD'
> {}

export const badValue = (message: string): ScimError => new ScimError('ERR_SCIM_VALUE', message)
export const badPath = (message: string): ScimError => new ScimError('ERR_SCIM_PATH', message)
