import { CordonError } from '#kit'

export class IdentityError extends CordonError<'ERR_IDENTITY_OWNER' | 'ERR_IDENTITY_FULL'> {}
