/**
 * Named places where a crash must do no harm. With `CORDON_CRASH_AT=name` (or `name:3` for the third passage) the process
 * kills itself there without any clean-up; the crash tests visit every name in `crashPoints`. Whoever can set a
 * process's environment can already stop it, so this gives an attacker nothing.
 */
export const crashPoints = [
  'store.before-commit',
  'store.after-commit',
  'log.before-ack',
  'respond.after-claim',
  'respond.after-attempt',
  'respond.after-apply',
  'respond.before-proof',
  'init.after-pending',
  'init.after-bootstrap',
  'init.after-key',
  'init.after-enroll',
] as const
export type CrashPoint = (typeof crashPoints)[number]

const [wantedName, wantedPassage = '1'] = (process.env['CORDON_CRASH_AT'] ?? '').split(':')
let passages = 0

export function crashPoint(name: CrashPoint): void {
  if (name !== wantedName) return
  passages++
  if (passages === Number(wantedPassage)) process.kill(process.pid, 'SIGKILL')
}
