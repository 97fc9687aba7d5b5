/** The only place that asks the browser for the time and its zone. */
export const nowMs = (): number => Date.now()
export const zone: string = new Intl.DateTimeFormat().resolvedOptions().timeZone
