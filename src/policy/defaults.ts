import { roles } from './api-actions.ts'
import { groupOf } from './schema.ts'

/** Identities, hosts and people that one step may cut off before more approvals are asked for. */
export const cutsOffMax = 20

/** A lease for longer than this takes two approvals. */
export const leaseAloneMinutesMax = 12 * 60

/** Cedar policies in one text. `place` stands in messages: a file name, or `built-in`. */
export type PolicyText = { place: string; text: string }

const forRoles = roles
  .map(
    (role) => `@id("api.${role}")
@says("the role ${role} may do what the table of API actions gives it")
permit (principal in Role::"${role}", action in Action::"${groupOf(role)}", resource is Resource);
`,
  )
  .join('\n')

/** The policies in force when none are given. Nothing is permitted that no policy here permits. */
export const builtInPolicies: PolicyText = {
  place: 'built-in',
  text: `${forRoles}
@id("api.ingest-tokens-only-write")
@says("an ingest token lies on hosts that may be the attacker's: it writes events and does nothing else")
forbid (principal is Ingest, action, resource)
unless { action in Action::"${groupOf('ingest')}" };

@id("step.manual-task")
@says("asking a person to do something needs no approval")
permit (principal is Automation, action == Action::"step.run", resource)
when { context.verb == "manual.task" };

@id("step.reversible")
@says("what can be put back may run by itself")
permit (principal is Automation, action == Action::"step.run", resource)
when { context.reversible };

@id("step.irreversible-approved")
@says("what cannot be put back needs one approval")
permit (principal is Automation, action == Action::"step.run", resource)
when { !context.reversible && context.approvals >= 1 };

@id("step.irreversible-wide")
@says("what cannot be put back and cuts off more than ${cutsOffMax} needs two approvals")
forbid (principal is Automation, action == Action::"step.run", resource)
when { !context.reversible && context.cutsOff > ${cutsOffMax} && context.approvals < 2 };

@id("step.reversible-wide")
@says("what cuts off more than ${cutsOffMax} needs one approval, even when it can be put back")
forbid (principal is Automation, action == Action::"step.run", resource)
when { context.reversible && context.verb != "manual.task" && context.cutsOff > ${cutsOffMax} && context.approvals < 1 };

@id("lease.approved")
@says("a right is given for a time once somebody else has approved it")
permit (principal is Automation, action == Action::"lease.grant", resource)
when { context.approvals >= 1 };

@id("lease.long")
@says("a right for more than ${leaseAloneMinutesMax / 60} hours needs two approvals")
forbid (principal is Automation, action == Action::"lease.grant", resource)
when { context.minutes > ${leaseAloneMinutesMax} && context.approvals < 2 };

@id("step.low-severity")
@says("a weak sign alone starts nothing by itself")
forbid (principal is Automation, action == Action::"step.run", resource)
when { context.severity == "low" && context.verb != "manual.task" && context.approvals < 1 };
`,
}
