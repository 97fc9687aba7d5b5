import type { SigmaSort } from '#sources/contract'

/** Records carry what programs write: any name. */
export const sorts: readonly SigmaSort[] = [
  { product: 'linux', category: 'host', service: 'auditd', fields: ['*'], holds: () => true },
]
