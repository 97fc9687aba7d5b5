import { CordonError } from '#kit'

/** Policies or schema that cannot be loaded; `place` names policy text, line and column. Nothing is loaded in part. */
export class PolicyError extends CordonError<
  'ERR_POLICY_SYNTAX' | 'ERR_POLICY_SCHEMA' | 'ERR_POLICY_INVALID' | 'ERR_POLICY_ID' | 'ERR_POLICY_TEMPLATE'
> {}
