/** One company. First column of every key, id hash, ledger, encryption key and token. */
export type TenantId = `t_${string}`
export const defaultTenant: TenantId = 't_default'
