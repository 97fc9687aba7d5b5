import type { ControlState, House } from './types.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** One thing that Cordon itself must do for a control. `rule`: whole, with its numbers. */
export type HouseCheck = { id: string; title: string; rule: string; judge(house: House): Judged }
type Judged = { state: ControlState; open: number; why: string[] }

const met: Judged = { state: 'met', open: 0, why: [] }
const unmet = (open: number, ...why: string[]): Judged => ({ state: 'unmet', open, why })
const unsaid = (why: string): Judged => ({ state: 'unsaid', open: 0, why: [why] })
const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

/** Reasons of one kind that are told; the number says how many there are. */
const reasonsMax = 20
const incidentDaysMax = 3
/** Leaves of the last moments wait for the next checkpoint. */
const signedWithinMs = hourMs
/** Regulation (EU) 2024/1689 Art. 26(6): logs are kept for at least six months. */
const retentionDaysMin = 180

export const houseChecks: readonly HouseCheck[] = [
  {
    id: 'sources-read',
    title: 'every connected system is read, and read whole',
    rule: 'each stream of each source that is not paused came whole at least once, its newest run failed nowhere, and no list of it is refused',
    judge: ({ streams: { read, lacking } }) => {
      if (read + lacking.length === 0) return unsaid('no source is connected')
      return lacking.length === 0 ? met : unmet(lacking.length, ...lacking.slice(0, reasonsMax))
    },
  },
  {
    id: 'detection-live',
    title: 'events are held against rules as they come',
    rule: 'at least one rule is loaded, none is refused, and none failed on an event',
    judge: ({ detection }) => {
      if (detection === null) return unsaid('detection does not answer')
      const { rules, correlations, refused, failed } = detection
      if (rules + correlations === 0) return unmet(1, 'no rule is loaded: no source has what one needs')
      if (refused + failed === 0) return met
      return unmet(refused + failed, `${counted(refused, 'rule is', 'rules are')} refused, ${failed} failed on events`)
    },
  },
  {
    id: 'ledger-signed',
    title: 'what was decided and done stands in a signed ledger',
    rule: 'the newest checkpoint covers every leaf, or those missing are younger than an hour',
    judge: ({ ledger: { leaves, signed, signedAtMs }, atMs }) => {
      if (leaves === 0) return unsaid('nothing was decided or done yet')
      if (signed >= leaves || (signedAtMs !== null && atMs - signedAtMs <= signedWithinMs)) return met
      return unmet(leaves - signed, `${counted(leaves - signed, 'leaf is', 'leaves are')} not signed for over an hour`)
    },
  },
  {
    id: 'ledger-witnessed',
    title: 'somebody outside keeps the ledger’s checkpoints',
    rule: 'at least one witness is configured',
    judge: ({ ledger: { witnesses } }) =>
      witnesses > 0 ? met : unmet(1, 'no witness is configured: docs/deploy.md shows how'),
  },
  {
    id: 'two-approvers',
    title: 'no single person can approve alone what needs two',
    rule: 'at least two people hold a key that approves',
    judge: ({ approvers }) =>
      approvers >= 2
        ? met
        : unmet(2 - approvers, `${counted(approvers, 'person holds', 'people hold')} a key that approves`),
  },
  {
    id: 'response-ready',
    title: 'responses are not switched off',
    rule: 'automation is not stopped',
    judge: ({ automationStopped }) => (automationStopped ? unmet(1, 'all automation is stopped') : met),
  },
  {
    id: 'incidents-contained',
    title: 'incidents are contained within days',
    rule: `no incident opened more than ${incidentDaysMax} days ago has anything alive that must die`,
    judge: ({ incidents, atMs }) => {
      const late = incidents.filter(
        ({ openedAtMs, contained }) => !contained && atMs - openedAtMs > incidentDaysMax * dayMs,
      ).length
      return late === 0 ? met : unmet(late, `${counted(late, 'incident is', 'incidents are')} older, and not contained`)
    },
  },
  {
    id: 'leavers-ended',
    title: 'who no longer works here has nothing alive',
    rule: 'nobody whom a register of people calls ended has an account that can be used',
    judge: ({ people }) => {
      if (people === null || people.named === 0) return unsaid('no register of people is connected')
      const { endedActive: still } = people
      return still === 0 ? met : unmet(still, `${counted(still, 'person', 'people')} ended and still active`)
    },
  },
  {
    id: 'vendors-attested',
    title: 'who reaches people’s data has shown that they are careful',
    rule: 'each vendor that reaches or may hold people’s data has given a claim that has not run out (`docs/vendors.md`); what a claim says is not checked',
    judge: ({ vendors }) => {
      if (vendors === null || vendors.known === 0) return unsaid('no source tells of a vendor')
      const { reaching, unattested } = vendors
      if (unattested === 0) return met
      return unmet(
        unattested,
        `of ${counted(reaching, 'vendor', 'vendors')} that reach people ${unattested} have nothing that holds`,
      )
    },
  },
  {
    id: 'events-kept',
    title: 'events are kept for at least six months',
    rule: `\`retentionDays\` is at least ${retentionDaysMin}`,
    judge: ({ retentionDays }) =>
      retentionDays >= retentionDaysMin ? met : unmet(1, `events are kept for ${retentionDays} days`),
  },
]
