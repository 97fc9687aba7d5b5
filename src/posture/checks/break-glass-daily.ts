import { authorityOf, type Touch } from '#model'

import { outcomeOf, type Check } from '../check.ts'
import { signInsOf } from '../sign-ins.ts'
import { dayMs, dayOf, isOn } from '../words.ts'

const lookedBackMs = 30 * dayMs
/** One exercise and one emergency in a month are what such an account is for. */
const daysFine = 2

export const breakGlassDaily: Check = {
  kind: 'break-glass-daily',
  title: 'an account for emergencies in everyday use',
  rule: 'somebody signed in to an account that is named as break-glass, here or at its vendor, on more than 2 of the last 30 days',
  severity: 'high',
  needs: ['sign-ins'],
  historyDays: 30,
  untold: 'no source tells when somebody signs in',
  async look(scene) {
    const accounts = (await scene.breakGlass()).filter(({ facts }) => isOn(facts, scene.atMs))
    const out = outcomeOf(accounts.length)
    const told = accounts.filter(({ entity }) => {
      const isTold = scene.tells(authorityOf(entity), 'sign-ins')
      if (!isTold) out.cannotTell(authorityOf(entity))
      return isTold
    })
    const names = told.map(({ entity }) => entity)
    const { signIns, isCut } = await signInsOf(scene, names, scene.atMs - lookedBackMs)
    const byAccount = Map.groupBy(signIns, ({ identity }) => identity)
    for (const entity of names) {
      const theirs = firstOfDays(byAccount.get(entity) ?? [])
      const [first] = theirs
      if (first === undefined || theirs.length <= daysFine) continue
      out.say({
        on: entity,
        sinceMs: first.atMs,
        why: `somebody signed in to it on ${theirs.length} of the last 30 days: what it may do is used every day, and nobody would notice a thief`,
        records: theirs.map(({ offset }) => offset),
        fix: {
          kind: 'task',
          target: entity,
          preview:
            'whoever uses it gets what their work needs in an account of their own, and its secret is sealed anew',
          undo: 'the account itself stays as it is, for emergencies',
        },
      })
    }
    return { ...out, cut: isCut ? ['of these accounts there are more sign-ins than one look reads'] : [] }
  },
}

/** The first sign-in of each day, oldest first. */
const firstOfDays = <One extends Touch>(signIns: readonly One[]): One[] =>
  [...new Map(signIns.toReversed().map((one) => [dayOf(one.atMs), one])).values()].toReversed()
