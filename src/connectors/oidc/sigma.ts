import type { SigmaShape } from '#sources/contract'

/** Fields of an entry of the admin extension's log. */
export const logSigma: SigmaShape = {
  product: 'oidc',
  category: 'identity',
  service: 'log',
  fields: ['atMs', 'client', 'grant', 'id', 'ip', 'resources.*', 'session', 'subject', 'token.*', 'type'],
}
