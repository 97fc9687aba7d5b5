import type { SigmaShape } from '#sources/contract'

/** Fields of what Cordon says of its own virtual keys. */
export const recordSigma: SigmaShape = {
  product: 'cordon',
  category: 'application',
  service: 'keys',
  fields: [
    'atMs',
    'by',
    'epochMs',
    'key',
    'keys.key',
    'keys.owner',
    'origin',
    'owner',
    'place',
    'scopes',
    'sha256',
    'succeeds',
    'type',
  ],
}
