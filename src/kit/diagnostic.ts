/**
 * What the program says of itself, one JSON line each on stderr. INVARIANT: `facts` are ids, counts, codes and times,
 * never values out of a customer's data and never a secret.
 */
export type DiagnosticLevel = 'info' | 'warn' | 'error'
export type Diagnose = (level: DiagnosticLevel, what: string, facts?: Record<string, string | number | boolean>) => void

export const stderrDiagnose: Diagnose = (level, what, facts = {}) => {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, what, ...facts })}\n`)
}
export const silentDiagnose: Diagnose = () => undefined
