/** Words of the attribute `opens` of a grant or an app: what of ours is behind its scopes. */
export const opens = ['mail', 'files', 'code', 'directory', 'calendar', 'chat'] as const

/** What makes an app worth a look when nobody uses it. */
export const wide: ReadonlySet<string> = new Set(['mail', 'files', 'code', 'directory'])
/** What people wrote. */
export const content: ReadonlySet<string> = new Set(['mail', 'files'])
