import { CordonError } from '#kit'

export class VaultError extends CordonError<
  | 'ERR_VAULT_OPEN'
  | 'ERR_VAULT_KEYS'
  | 'ERR_VAULT_MODE'
  | 'ERR_VAULT_EXISTS'
  | 'ERR_VAULT_MISSING'
  | 'ERR_VAULT_NEWER'
  | 'ERR_VAULT_BUSY'
  | 'ERR_VAULT_RETIRE'
> {}

/** One message for every reason, so that whoever may ask us to open something learns nothing from the refusal. */
export const cannotOpen = (cause?: unknown): VaultError =>
  new VaultError('ERR_VAULT_OPEN', 'what was sealed does not open with this key and this context', {
    hint: 'it was sealed for another tenant or place, its key was retired, or its bytes were changed; enter the secret anew',
    cause,
  })
