/** `own`: the most that 99 of 100 of its `days` came to; of its peers' days the same, where enough were seen. */
export type Usual = { own: number; days: number; peers: number | undefined }

/** Sums over days: of the newest six, and of the fullest of so many weeks well before them. */
export type Weeks = { now: number; before: number; weeks: number }
