import { CordonError } from '#kit'

export class VendorError extends CordonError<
  | 'ERR_VENDOR_UNKNOWN'
  | 'ERR_VENDOR_AMBIGUOUS'
  | 'ERR_VENDOR_JOIN'
  | 'ERR_VENDOR_FULL'
  | 'ERR_VENDOR_CLAIM'
  | 'ERR_VENDOR_STATE'
> {}
