import { apiActions, roles, type Role } from './api-actions.ts'

/** Action group of a role: `Action::"as viewer"` holds every action that a viewer may do. */
export const groupOf = (role: Role): string => `as ${role}`

const groups = roles.map((role) => `action "${groupOf(role)}";`).join('\n')
const actions = Object.entries(apiActions)
  .map(
    ([action, allowed]) =>
      `action "${action}" in [${allowed.map((role) => `Action::"${groupOf(role)}"`).join(', ')}] appliesTo {
  principal: [User, Token, Ingest], resource: [Resource], context: {}
};`,
  )
  .join('\n')

/**
 * What policies may speak about, in Cedar's schema language. Attributes of targets and resources are tags, as text:
 * `resource.hasTag("owner") && resource.getTag("owner") == "payments"`. Times and counts in `context` are whole numbers.
 */
export const policySchema = `// People and tokens using the API.
entity Role in [Role];
entity User in [Role];
entity Token in [Role];
entity Ingest in [Role];
entity Resource = { kind: String } tags String;
${groups}
${actions}

// Cordon's own automation, about to run one step of a plan on one target.
entity Automation;
entity Target = { kind: String, authority: String } tags String;
action "step.run" appliesTo {
  principal: [Automation],
  resource: [Target],
  context: {
    connector: String,
    verb: String,
    phase: String,
    reversible: Bool,
    cutsOff: Long,
    recentOfVerb: Long,
    severity: String,
    trustOrigin: String,
    confined: Bool,
    insideConfinement: Bool,
    ladder: String,
    approvals: Long
  }
};

// Cordon's own automation, about to give one right for a time: \`minutes\`, rounded up.
action "lease.grant" appliesTo {
  principal: [Automation],
  resource: [Target],
  context: {
    connector: String,
    verb: String,
    minutes: Long,
    recentOfVerb: Long,
    ladder: String,
    approvals: Long
  }
};
`
