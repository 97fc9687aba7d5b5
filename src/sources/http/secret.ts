import { VendorError, type Secrets } from '#sources/contract'

export function secretOf(secrets: Secrets, name: string): string {
  const value = secrets[name]
  if (value !== undefined && value !== '') return value
  throw new VendorError('ERR_VENDOR_AUTH', `the source has no secret \`${name}\``, {
    hint: 'give it one with `cordon source rotate NAME`',
  })
}
