// oxlint-disable-next-line import/no-unassigned-import -- it sets V8 before the import below compiles
import './wasm-tiers.ts'
import {
  policySetTextToParts,
  policyToJson,
  preparsePolicySet,
  preparseSchema,
  schemaToJson,
  statefulIsAuthorized,
  validate,
  type DetailedError,
  type SchemaJson,
  type StatefulAuthorizationCall,
} from '@cedar-policy/cedar-wasm/nodejs'

import { assert, canonicalJson, sha256, toHex } from '#kit'

import type { PolicyText } from './defaults.ts'
import { PolicyError } from './error.ts'

type LoadedPolicy = { id: string; effect: 'permit' | 'forbid'; says: string | null; place: string; text: string }
type CedarAnswer = { allowed: boolean; reasons: string[]; errors: string[] }

/** Policies that parsed, carry an id each, and fit the schema; ready to be asked. */
export type Cedar = {
  version: string
  policies: ReadonlyMap<string, LoadedPolicy>
  ask: (
    request: Pick<StatefulAuthorizationCall, 'principal' | 'resource' | 'context' | 'entities'> & { action: string },
  ) => CedarAnswer
}

/** Throws PolicyError at the first fault, with its place: policies in force are all of those given or none. */
export function loadCedar(schema: string, texts: readonly PolicyText[]): Cedar {
  const policies = new Map<string, LoadedPolicy>()
  for (const text of texts) for (const policy of readPolicies(text)) addPolicy(policies, policy)
  const staticPolicies = Object.fromEntries([...policies].map(([id, { text }]) => [id, text]))
  const version = toHex(sha256(canonicalJson({ schema, policies: staticPolicies })))

  const schemaJson = readSchema(schema)
  const checked = validate({ schema: schemaJson, policies: { staticPolicies } })
  const faults = checked.type === 'failure' ? checked.errors : checked.validationErrors.map(({ error }) => error)
  const [fault] = faults
  if (fault !== undefined) {
    const id = checked.type === 'success' ? checked.validationErrors[0]?.policyId : undefined
    const policy = id === undefined ? undefined : policies.get(id)
    throw new PolicyError('ERR_POLICY_INVALID', messageOf([fault]), {
      ...placed(policy === undefined ? 'policies' : `${policy.place}: ${policy.id}`, policy?.text ?? '', [fault]),
      hint: fault.help ?? 'the schema that policies must fit is printed by `cordon policy check --schema`',
    })
  }
  const loaded = preparsePolicySet(version, { staticPolicies })
  assert(loaded.type === 'success', 'what was validated also loads')
  const schemaFor = schemasByAction(schemaJson, version)
  return {
    version,
    policies,
    ask(request) {
      const answer = statefulIsAuthorized({
        ...request,
        action: { type: 'Action', id: request.action },
        preparsedSchemaName: schemaFor(request.action),
        preparsedPolicySetId: version,
        validateRequest: true,
      })
      if (answer.type === 'failure') {
        return { allowed: false, reasons: [], errors: answer.errors.map(({ message }) => message) }
      }
      const { decision, diagnostics } = answer.response
      const errors = diagnostics.errors.map(({ policyId, error }) => `\`${policyId}\`: ${error.message}`)
      // INVARIANT: a policy that errors is skipped by Cedar, so a `forbid` that errors would let pass: any error denies.
      return { allowed: decision === 'allow' && errors.length === 0, reasons: diagnostics.reason.toSorted(), errors }
    },
  }
}

/**
 * Cedar builds the schema's actions anew for every request; with the one asked for alone a decision takes half the time.
 * Each is parsed once; there are as many as actions in the schema.
 */
function schemasByAction(schema: SchemaJson<string>, version: string): (action: string) => string {
  const names = new Map<string, string>()
  return (id) => {
    const known = names.get(id)
    if (known !== undefined) return known
    const narrowed = Object.fromEntries(
      Object.entries(schema).map(([namespace, { actions, ...rest }]) => {
        const wanted = actions[id]
        const groups = (wanted?.memberOf ?? []).flatMap(({ id }) => {
          const group = actions[id]
          return group === undefined ? [] : [[id, group] as const]
        })
        return [namespace, { ...rest, actions: Object.fromEntries([...groups, ...(wanted ? [[id, wanted]] : [])]) }]
      }),
    )
    const name = `${version} ${id}`
    const parsed = preparseSchema(name, narrowed)
    assert(parsed.type === 'success', 'a part of a valid schema is valid')
    names.set(id, name)
    return name
  }
}

/** Its text is parsed once: that takes Cedar longer than all it does with the JSON form. */
function readSchema(schema: string): SchemaJson<string> {
  const read = schemaToJson(schema)
  if (read.type === 'success') return read.json
  throw new PolicyError('ERR_POLICY_SCHEMA', messageOf(read.errors), placed('schema', schema, read.errors))
}

function readPolicies({ place, text }: PolicyText): LoadedPolicy[] {
  const parts = policySetTextToParts(text)
  if (parts.type === 'failure') {
    throw new PolicyError('ERR_POLICY_SYNTAX', messageOf(parts.errors), placed(place, text, parts.errors))
  }
  if (parts.policy_templates.length > 0) {
    throw new PolicyError('ERR_POLICY_TEMPLATE', 'a policy template has slots that nothing fills', {
      place,
      hint: 'write the principal and the resource out instead of `?principal` and `?resource`',
    })
  }
  return parts.policies.map((policy) => {
    const answer = policyToJson(policy)
    assert(answer.type === 'success', 'a policy that parsed has a JSON form')
    const { annotations = {}, effect } = answer.json
    const id = annotations['id']
    if (id === undefined || id === '' || id.startsWith('code.')) {
      const near = policy.trim().split('\n')[0] ?? ''
      throw new PolicyError(
        'ERR_POLICY_ID',
        `a policy has ${id ? `the reserved id \`${id}\`` : 'no id'}: \`${near}\``,
        {
          place,
          hint: 'begin it with `@id("team.what-it-says")`, unique among all policies and not starting with `code.`',
        },
      )
    }
    return { id, effect, says: annotations['says'] ?? null, place, text: policy }
  })
}

function addPolicy(policies: Map<string, LoadedPolicy>, policy: LoadedPolicy): void {
  const known = policies.get(policy.id)
  if (known !== undefined) {
    throw new PolicyError('ERR_POLICY_ID', `two policies have the id \`${policy.id}\``, {
      place: `${known.place} and ${policy.place}`,
      hint: 'give one of them another `@id`',
    })
  }
  policies.set(policy.id, policy)
}

const messageOf = (errors: readonly DetailedError[]): string =>
  errors[0]?.message ?? 'the policies were refused without a reason'

function placed(place: string, text: string, errors: readonly DetailedError[]): { place: string; hint?: string } {
  const [first] = errors
  const at = first?.sourceLocations?.[0]?.start
  const hint = first?.help ?? undefined
  if (at === undefined) return { place, ...(hint === undefined ? {} : { hint }) }
  const before = Buffer.from(text).subarray(0, at).toString()
  const line = before.split('\n').length
  const column = before.length - before.lastIndexOf('\n')
  return { place: `${place}, line ${line}, column ${column}`, ...(hint === undefined ? {} : { hint }) }
}
