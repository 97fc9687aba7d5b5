import { authorityOf } from '#model'
import { lendsBy } from '#respond/contract'

import type { GithubConfig } from '../config.ts'
import { nameUser } from '../names.ts'
import { requireTarget } from './context.ts'
import { teamLeave } from './team-leave.ts'

/** Puts a member of the organisation into a team for a time. */
export const teamLend = lendsBy<GithubConfig>(teamLeave, {
  verb: 'github.team.lend',
  title: 'Put a person into a team for a time',
  effects: [
    'the person may do what this team, and the teams above it, may do',
    'whoever is no member of the organisation is invited, and has nothing until they accept',
    'at the end they are taken out; clones stay on their machines',
  ],
  holdersOf: (right) => [nameUser(authorityOf(right), requireTarget('teamplace', right).user)],
  given: () => ({ role: 'member' }),
})
